"""The warehouse: stock, reservations and packaging requests."""
