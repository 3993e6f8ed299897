"""Deliveries of packages to shoppers."""
