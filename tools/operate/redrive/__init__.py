"""`make redrive`: what is in a service's dead-letter queue, why, and back to where it came from."""
