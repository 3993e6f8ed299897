"""People: each is a script, one task of the run. A script knows what a real person knows, and nothing of the tables."""
