"""`make reconcile`: what the services say about the same orders, money and goods, compared and mended."""
