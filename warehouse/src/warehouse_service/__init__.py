"""The warehouse: what is on the shelves, for whom it is kept, and what is packaged."""
