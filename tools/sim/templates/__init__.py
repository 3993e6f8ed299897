"""The simulated world as the templates describe it: read, resolved and checked for anything that is not simulated."""
