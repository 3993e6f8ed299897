"""Keeps records, and reacts to ProductCreated, ProductModified, ProductDeleted and StockChanged."""
