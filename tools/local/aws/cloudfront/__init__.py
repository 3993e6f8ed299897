"""CloudFront beyond what the engine does: a port of its own for each distribution, and a cache."""
