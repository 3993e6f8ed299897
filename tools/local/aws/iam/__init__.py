"""IAM and STS: who calls, and what resource policies admit."""
