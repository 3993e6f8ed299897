"""Compares the records of orders, payment, warehouse, delivery, returns, cart, partners and the payment provider
about the same orders."""
