"""The price of a delivery."""
