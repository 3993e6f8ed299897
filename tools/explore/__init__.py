"""For a first look at the running platform: requests, tokens, demo data, the demo."""
