"""Partners: other companies that order with an API key."""
