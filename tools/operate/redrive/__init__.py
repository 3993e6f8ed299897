"""`make redrive`: list the dead letters of a service with their reasons, and send them back."""
