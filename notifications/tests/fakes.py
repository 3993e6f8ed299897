"""Fakes of everything that OrderMailSender calls. The table of mails passes the same contract suite as the real one."""

from datetime import datetime, timedelta

from ecom.dynamo import can_be_key
from notifications.tests.builders import ADDRESS
from notifications_service.domain import Kind, MailRow, State
from notifications_service.errors import RowChanged
from notifications_service.mail_text import Mail


class MailsInMemory:
    def __init__(self) -> None:
        self.rows: dict[tuple[str, Kind], MailRow] = {}

    def claim(self, row: MailRow, over: MailRow | None = None) -> None:
        found = self._row(row)
        if _same(found, over) or _same(found, row):
            self._write(row)
        else:
            raise RowChanged(found)

    def release(self, row: MailRow) -> None:
        found = self._row(row)
        if found and (found.claim, found.state) == (row.claim, State.CLAIMED):
            del self.rows[row.order_id, row.kind]

    def mark_sent(self, row: MailRow) -> None:
        self._write(row)

    def mark_unknown(self, row: MailRow) -> None:
        found = self._row(row)
        if found is None or found.claim != row.claim or found.state is State.SENT:
            raise RowChanged(found)
        self._write(row)

    def _row(self, row: MailRow) -> MailRow | None:
        return self.rows.get((row.order_id, row.kind))

    def _write(self, row: MailRow) -> None:
        self.rows[row.order_id, row.kind] = row


def _same(found: MailRow | None, row: MailRow | None) -> bool:
    return (found and (found.claim, found.state)) == (row and (row.claim, row.state))


class AddressesInMemory:
    """Its clock stands at `now`; addresses are fresh for a day."""

    def __init__(self, now: datetime) -> None:
        self.now = now
        self.rows: dict[str, tuple[datetime, str]] = {}

    def find(self, user_id: str) -> str | None:
        at, address = self.rows.get(user_id, (None, None))
        return address if at and self._is_fresh(at) else None

    def keep(self, user_id: str, address: str, at: datetime) -> None:
        if can_be_key(user_id) and self._is_fresh(at):
            self.rows[user_id] = max(self.rows.get(user_id, (at, address)), (at, address), key=lambda row: row[0])

    def forget(self, user_id: str) -> None:
        self.rows.pop(user_id, None)

    def _is_fresh(self, at: datetime) -> bool:
        return at > self.now - timedelta(days=1)


class RecipientsInMemory:
    def __init__(self, **addresses: str) -> None:
        self.addresses = {"user-1": ADDRESS, **addresses}
        self.asked: list[str] = []

    def address_of(self, user_id: str) -> str | None:
        self.asked.append(user_id)
        return self.addresses.get(user_id)


class ContactsInMemory:
    def __init__(self, **addresses: str) -> None:
        self.addresses = addresses

    def address_of_order(self, order_id: str) -> str | None:
        return self.addresses.get(order_id)


class MailService:
    """Sends mails, or raises the given errors before a mail is sent or after it (the answer is lost)."""

    def __init__(self) -> None:
        self.sent: list[tuple[str, Mail]] = []
        self.before: list[Exception] = []
        self.after: list[BaseException] = []

    def send(self, recipient: str, mail: Mail) -> str:
        if self.before:
            raise self.before.pop(0)
        self.sent.append((recipient, mail))
        if self.after:
            raise self.after.pop(0)
        return f"mail-{len(self.sent)}"
