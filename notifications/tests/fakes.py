"""What the teller meets, in memory. The table of mails passes the same contract suite as the real one."""

from notifications.tests.builders import ADDRESS
from notifications_service.domain import Kind, Row, State
from notifications_service.errors import InTheWay
from notifications_service.mail_text import Mail


class MailsInMemory:
    def __init__(self) -> None:
        self.rows: dict[tuple[str, Kind], Row] = {}

    def claim(self, row: Row, over: Row | None = None) -> None:
        found = self._row(row)
        if _same(found, over) or _same(found, row):
            self._write(row)
        else:
            raise InTheWay(found)

    def give_back(self, row: Row) -> None:
        found = self._row(row)
        if found and (found.claim, found.state) == (row.claim, State.CLAIMED):
            del self.rows[row.order_id, row.kind]

    def sent(self, row: Row) -> None:
        self._write(row)

    def unknown(self, row: Row) -> None:
        found = self._row(row)
        if found is None or found.claim != row.claim or found.state is State.SENT:
            raise InTheWay(found)
        self._write(row)

    def _row(self, row: Row) -> Row | None:
        return self.rows.get((row.order_id, row.kind))

    def _write(self, row: Row) -> None:
        self.rows[row.order_id, row.kind] = row


def _same(found: Row | None, row: Row | None) -> bool:
    return (found and (found.claim, found.state)) == (row and (row.claim, row.state))


class PeopleInMemory:
    def __init__(self, **mailboxes: str) -> None:
        self.mailboxes = {"user-1": ADDRESS, **mailboxes}
        self.asked: list[str] = []

    def mailbox(self, user_id: str) -> str | None:
        self.asked.append(user_id)
        return self.mailboxes.get(user_id)


class MailService:
    """Sends, or fails as it is told: an error before the effect, or one after it (the answer is lost)."""

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
