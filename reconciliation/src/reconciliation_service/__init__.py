"""Compares what orders, payment, warehouse, delivery and the payment provider say about the same orders."""
