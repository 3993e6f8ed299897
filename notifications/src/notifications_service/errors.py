"""The errors of sending a mail. No message contains the recipient."""

from typing import TYPE_CHECKING

from ecom.errors import Poison, TryAgain

if TYPE_CHECKING:
    from notifications_service.domain import MailRow


class NotSent(TryAgain):
    """The mail was certainly not sent: refused, or never requested. It may be sent later."""


class SendInProgress(TryAgain):
    """Another attempt is sending the mail, or was stopped while it did. A later attempt finds out which."""


class RowChanged(TryAgain):
    """The row changed since it was read. `row` is the stored row, or None."""

    def __init__(self, row: "MailRow | None") -> None:
        super().__init__("another attempt has written the row of this mail")
        self.row = row


class NoTimeLeft(TryAgain):
    """The function would be stopped while it sends."""


class OutcomeUnknown(Poison):
    """Whether the mail was sent is unknown. An operator decides: `make redrive` sends it."""

    type = "OUTCOME_UNKNOWN"


class InvalidAddress(Poison):
    """The address in the user pool cannot receive mail."""
