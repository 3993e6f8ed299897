"""Measurements, for `make bench`. Never part of the tests: machines differ."""
