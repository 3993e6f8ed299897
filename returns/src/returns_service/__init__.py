"""Returns: goods that shoppers send back, and the money for them."""
