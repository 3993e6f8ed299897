"""The mailbox for its readers: the engine's mails, newest first, in our own JSON."""

from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, datetime
from itertools import chain, islice
from typing import Any

from tools.local.aws.ses.messages import address_of

Seen = dict[str, Any]


class Mailbox:
    def __init__(self, sent: Callable[[], Iterable[Mapping[str, Any]]], remove_sent: Callable[[str], bool]) -> None:
        """`sent` returns the mails as the engine records them, newest first; `remove_sent` removes one of them."""
        self._sent = sent
        self.remove = remove_sent

    def mails(self, to: str = "", about: str = "", limit: int | None = None) -> list[Seen]:
        """The newest mails to an address whose subject or text contains the words."""
        wanted = to.strip().lower()
        found = (mail for mail in self._sent() if _reaches(mail, wanted) and _says(mail, about))
        return [seen(mail) for mail in islice(found, limit)]

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


def _reaches(record: Mapping[str, Any], address: str) -> bool:
    # The cheap test comes first: a test that polls a full mailbox searches all of it each time.
    return not address or any(
        address in one.lower() and address == address_of(one).lower()
        for one in chain(record["To"], record["CC"], record["BCC"])
    )


def _says(record: Mapping[str, Any], words: str) -> bool:
    return not words or any(words in (record[part] or "") for part in ("Subject", "BodyText", "BodyHtml"))
