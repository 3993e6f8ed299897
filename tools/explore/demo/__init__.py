"""`make demo`: people use the running local cloud, and the terminal tells what happens."""
