"""Checks of what AWS gets: packaged templates, quotas, permissions, AppSync's schema and resolver code."""
