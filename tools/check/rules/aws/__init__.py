"""Checks of what is sent to AWS: packaged templates, quotas, permissions, AppSync's schema and resolver code."""
