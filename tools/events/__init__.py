"""Contracts of events: read from the services' folders, compared with what they were, and written out for readers.

`schema` reads a schema as one document, `compare` says what a change of it breaks, `events` gathers the events of the
checkout with their producers and consumers, and the other modules write what is generated from them.
"""
