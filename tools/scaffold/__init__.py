"""`make new-service`: a service that reacts to events, on the paved road, written from the files in `files/`."""
