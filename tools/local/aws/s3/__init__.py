"""S3: what the engine does not do as AWS does."""
