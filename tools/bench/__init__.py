"""Measurements, for `make bench`. They are not tests, since machines differ."""
