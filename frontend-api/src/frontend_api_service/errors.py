"""What can go wrong when subscribers are told."""

from ecom.errors import TryAgain


class NotTold(TryAgain):
    """The API did not take the change."""
