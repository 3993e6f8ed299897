"""Sends each mail at most once without an operator.

The row is CLAIMED before SES is called, until the outcome is known:

sent       the row is SENT; later attempts do nothing
refused    the claim is deleted, and the message comes back
unknown    the row is UNKNOWN, and the message becomes a dead letter: an operator decides whether to send again
stopped    the claim stays; the next attempt after its lifetime marks the outcome as unknown
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime

from ecom.order_client import OrderReader
from notifications_service.domain import Decision, MailRow, OrderMail, State, decide
from notifications_service.errors import NoTimeLeft, NotSent, OutcomeUnknown, RowChanged, SendInProgress
from notifications_service.mail_text import Mail, mail_text
from notifications_service.partner_contacts import PARTNER, Contacts
from notifications_service.recipients import Recipients
from notifications_service.repository import Mails
from notifications_service.ses import Mailer

# The longest time that a claim, a mail and its record take. A function stopped meanwhile leaves an unknown outcome.
SENDING_SECONDS = 25.0


@dataclass(frozen=True, slots=True)
class OrderMailSender:
    """`count` counts the metrics NoRecipient and OutcomeUnknown. SES counts the mails that it sent."""

    mails: Mails
    recipients: Recipients
    contacts: Contacts
    orders: OrderReader
    mailer: Mailer
    now: Callable[[], datetime]
    new_id: Callable[[], str]
    count: Callable[[str], None]

    def send(
        self,
        mail: OrderMail,
        correlation_id: str,
        seconds_left: Callable[[], float],
        redriven_at: datetime | None = None,
    ) -> None:
        """Send the mail unless it was sent. Raises TryAgain to retry later, OutcomeUnknown for an operator."""
        recipient = self._recipient(mail)
        if recipient is None:
            self.count("NoRecipient")
            return
        text = mail_text(mail)
        if seconds_left() < SENDING_SECONDS:
            raise NoTimeLeft("too little time is left to send a mail")
        claim = MailRow(mail.row_id, mail.kind, State.CLAIMED, self.new_id(), self.now(), correlation_id)
        if self._claimed(claim, redriven_at):
            self._send(recipient, text, claim)

    def _recipient(self, mail: OrderMail) -> str | None:
        """None when the order or its owner no longer exists, or a partner named no contact."""
        user_id = mail.user_id
        if user_id is None:
            order = self.orders.find(mail.order_id)
            user_id = str((order or {}).get("userId") or "")
        if user_id.startswith(PARTNER):
            return self.contacts.address_of_order(mail.order_id)
        return self.recipients.address_of(user_id) if user_id else None

    def _claimed(self, claim: MailRow, redriven_at: datetime | None) -> bool:
        """Whether this attempt may send. False when the mail was sent already."""
        try:
            self.mails.claim(claim)
        except RowChanged as changed:
            if changed.row is None:
                raise
            return self._claimed_over(changed.row, claim, redriven_at)
        return True

    def _claimed_over(self, row: MailRow, claim: MailRow, redriven_at: datetime | None) -> bool:
        match decide(row, claim.since, redriven_at):
            case Decision.ALREADY_SENT:
                return False
            case Decision.IN_PROGRESS:
                raise SendInProgress("another attempt is sending the mail")
            case Decision.ABANDONED:
                self._mark_unknown(row)
                raise OutcomeUnknown("the function was stopped while it sent: whether the mail was sent is unknown")
            case Decision.NEEDS_OPERATOR:
                raise OutcomeUnknown("an earlier attempt got no answer: whether the mail was sent is unknown")
            case Decision.SEND_AGAIN:
                self.mails.claim(claim, over=row)
                return True

    def _send(self, recipient: str, text: Mail, claim: MailRow) -> None:
        try:
            message_id = self.mailer.send(recipient, text)
        except NotSent:
            self.mails.release(claim)
            raise
        except OutcomeUnknown:
            self._mark_unknown(claim)
            raise
        self.mails.mark_sent(replace(claim, state=State.SENT, since=self.now(), message_id=message_id))

    def _mark_unknown(self, row: MailRow) -> None:
        self.mails.mark_unknown(replace(row, state=State.UNKNOWN, since=self.now()))
        self.count("OutcomeUnknown")
