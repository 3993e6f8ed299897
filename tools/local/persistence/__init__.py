"""How the local cloud's state reaches the disk while it runs; nothing here knows the engine."""
