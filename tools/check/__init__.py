"""`make test`, `make lint` and the suites of the services."""
