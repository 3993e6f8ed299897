"""Finds products: an index of the catalogue and of what is available."""
