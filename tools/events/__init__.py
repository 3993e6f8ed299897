"""Contracts of events: read from the services' folders, compared with earlier versions, and written for readers.

`schema` reads a schema as one document, `compare` finds what a change of it breaks, `catalogue` collects the events of
the checkout with their producers and consumers, and `generate` writes types, the page, the map and AsyncAPI from them.
"""
