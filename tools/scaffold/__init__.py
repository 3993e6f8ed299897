"""`make new-service`: write a service that reacts to events from the templates in `files/`."""
