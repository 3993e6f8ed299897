"""`make new-service`: a service, written from the templates in `files/`."""
