"""`make new-service`: a service that consumes events, written from the templates in `files/`."""
