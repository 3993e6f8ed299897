"""A mail that is due is sent, at most once by itself.

The claim stands in the table before the mail service is asked, and until it is known what became of it:

sent        noted; whoever comes later does nothing
refused     the claim is given back, and the message comes again
unknown     noted, and the message goes to the dead-letter queue: sending again might send twice, so a person decides
killed      the claim outlives whoever made it, and the next one to come notes that the outcome is unknown
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime

from ecom.order_client import OrderReader
from notifications_service.domain import Notice, Row, State, Verdict, judge
from notifications_service.errors import BeingSent, InTheWay, NoTimeLeft, NotSent, OutcomeUnknown
from notifications_service.mail_text import Mail, mail_of
from notifications_service.recipients import People
from notifications_service.repository import Mails
from notifications_service.ses import Mailer

# What a claim, a mail and the note of it may take. Who is stopped in between leaves an unknown outcome behind.
SENDING_SECONDS = 25.0


@dataclass(frozen=True, slots=True)
class Teller:
    """`counted` is told of what somebody should look at: NobodyToTell, OutcomeUnknown. SES counts what it sent."""

    mails: Mails
    people: People
    orders: OrderReader
    mailer: Mailer
    now: Callable[[], datetime]
    new_id: Callable[[], str]
    counted: Callable[[str], None]

    def tell(
        self,
        notice: Notice,
        correlation_id: str,
        seconds_left: Callable[[], float],
        redriven_at: datetime | None = None,
    ) -> None:
        """Have the mail sent, unless it was. Raises TryAgain for later, and OutcomeUnknown for a person."""
        recipient = self._recipient(notice)
        if recipient is None:
            self.counted("NobodyToTell")
            return
        mail = mail_of(notice)
        if seconds_left() < SENDING_SECONDS:
            raise NoTimeLeft("too little time is left to send a mail")
        claim = Row(notice.order_id, notice.kind, State.CLAIMED, self.new_id(), self.now(), correlation_id)
        if self._claimed(claim, redriven_at):
            self._send(recipient, mail, claim)

    def _recipient(self, notice: Notice) -> str | None:
        """Looked up when it is needed. An order or a user that is gone has nobody to tell."""
        user_id = notice.user_id
        if user_id is None:
            order = self.orders.find(notice.order_id)
            user_id = str((order or {}).get("userId") or "")
        return self.people.mailbox(user_id) if user_id else None

    def _claimed(self, claim: Row, redriven_at: datetime | None) -> bool:
        """Whether this attempt may send; False when the mail was sent already."""
        try:
            self.mails.claim(claim)
        except InTheWay as obstacle:
            if obstacle.row is None:
                raise
            return self._claimed_over(obstacle.row, claim, redriven_at)
        return True

    def _claimed_over(self, row: Row, claim: Row, redriven_at: datetime | None) -> bool:
        match judge(row, claim.since, redriven_at):
            case Verdict.DONE:
                return False
            case Verdict.WAIT:
                raise BeingSent("the mail is being sent, or was begun a moment ago")
            case Verdict.ABANDONED:
                self._unknown(row)
                raise OutcomeUnknown("who began to send the mail was stopped: it was sent, or not")
            case Verdict.UNDECIDED:
                raise OutcomeUnknown("an earlier attempt had no answer: the mail was sent, or not")
            case Verdict.SEND_AGAIN:
                self.mails.claim(claim, over=row)
                return True

    def _send(self, recipient: str, mail: Mail, claim: Row) -> None:
        try:
            message_id = self.mailer.send(recipient, mail)
        except NotSent:
            self.mails.give_back(claim)
            raise
        except OutcomeUnknown:
            self._unknown(claim)
            raise
        self.mails.sent(replace(claim, state=State.SENT, since=self.now(), message_id=message_id))

    def _unknown(self, row: Row) -> None:
        self.mails.unknown(replace(row, state=State.UNKNOWN, since=self.now()))
        self.counted("OutcomeUnknown")
