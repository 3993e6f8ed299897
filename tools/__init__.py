"""The verbs of the Makefile, one module each. Services never import this."""
