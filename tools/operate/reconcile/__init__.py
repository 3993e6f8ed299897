"""`make reconcile`: compare the records of the services about the same orders, money and goods, and repair them."""
