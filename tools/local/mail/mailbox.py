"""The mailbox as its readers see it: the mails of the engine, newest first, in our own words."""

from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, datetime
from itertools import islice
from typing import Any

from tools.local.mail.messages import address_of

Seen = dict[str, Any]


class Mailbox:
    def __init__(self, sent: Callable[[], Iterable[Mapping[str, Any]]]) -> None:
        """`sent` gives the mails as the engine records them, newest first."""
        self._sent = sent

    def mails(self, to: str = "", about: str = "", limit: int | None = None) -> list[Seen]:
        """Those that reach an address and whose subject or text holds the words; the newest of them."""
        wanted = to.strip().lower()
        found = (
            mail
            for mail in map(seen, self._sent())
            if (not wanted or wanted in _addresses(mail)) and (not about or about in _words(mail))
        )
        return list(islice(found, limit))

    def mail(self, identifier: str) -> Seen | None:
        return next((seen(mail) for mail in self._sent() if mail["MessageId"] == identifier), None)


def seen(record: Mapping[str, Any]) -> Seen:
    at = datetime.fromtimestamp(record["Timestamp"], UTC)
    return {
        "id": record["MessageId"],
        "at": at.isoformat(timespec="milliseconds").replace("+00:00", "Z"),
        "from": record["Source"],
        "to": list(record["To"]),
        "cc": list(record["CC"]),
        "bcc": list(record["BCC"]),
        "replyTo": list(record.get("ReplyTo", ())),
        "subject": record["Subject"],
        "text": record["BodyText"] or "",
        "html": record["BodyHtml"] or "",
        "headers": dict(record.get("Headers", {})),
        "attachments": list(record.get("Attachments", ())),
        "sentBy": record["Type"],
    }


def _addresses(mail: Seen) -> list[str]:
    return [address_of(one).lower() for one in (*mail["to"], *mail["cc"], *mail["bcc"])]


def _words(mail: Seen) -> str:
    return "\n".join((mail["subject"], mail["text"], mail["html"]))
