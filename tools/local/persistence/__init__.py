"""Saving the local cloud's state to disk while it runs. Only `engine_*.py` know the engine."""
