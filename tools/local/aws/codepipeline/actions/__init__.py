"""The providers of actions, one module each."""
