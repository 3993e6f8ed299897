"""Errors of frontend-api."""

from ecom.errors import TryAgain


class NotPublished(TryAgain):
    """The API did not accept the change."""
