"""Lambda functions as processes that see what AWS lets them see, and nothing of this checkout."""
