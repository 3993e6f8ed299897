"""The catalogue: products, their prices and packages."""
