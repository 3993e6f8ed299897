"""IAM and STS: the authentication of callers, and resource policies."""
