"""Delivery: packages on their way to people."""
