"""Carts: what shoppers want to buy."""
