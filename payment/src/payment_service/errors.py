"""What can go wrong with an order's money."""

from ecom.errors import Poison, TryAgain


class NotAPayment(Poison):
    """A row that somebody wrote by hand, and that no rule of ours can read: mend it, then redrive the event."""


class Crowded(TryAgain):
    """Others changed the same row again and again."""


class LeftAlone(TryAgain):
    """The provider was silent several times, and is not asked for a while."""
