"""Compares the records of orders, payment, warehouse, delivery and the payment provider about the same orders."""
