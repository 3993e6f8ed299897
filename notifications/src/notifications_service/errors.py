"""What can go wrong with a mail. None of it says to whom."""

from typing import TYPE_CHECKING

from ecom.errors import Poison, TryAgain

if TYPE_CHECKING:
    from notifications_service.domain import Row


class NotSent(TryAgain):
    """The mail was not sent, for sure: refused, or never asked for. It may be sent later."""


class BeingSent(TryAgain):
    """Somebody else is about to send it, or was killed while they did: who comes later sees which."""


class InTheWay(TryAgain):
    """What was to be written was decided on something else than what stands there: `row`, or nothing."""

    def __init__(self, row: "Row | None") -> None:
        super().__init__("somebody else has written the row of this mail")
        self.row = row


class NoTimeLeft(TryAgain):
    """The function would be stopped in the middle of sending."""


class OutcomeUnknown(Poison):
    """Nobody knows whether the mail was sent. A person decides: `make redrive` sends it."""

    type = "OUTCOME_UNKNOWN"


class NoMailbox(Poison):
    """What the pool has for an address is none that mail can be sent to."""
