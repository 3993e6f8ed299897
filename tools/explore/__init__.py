"""For a first try of the running platform: requests, tokens, demo data, the demo."""
