"""The user pool and SES, as far as *notifications* uses them: whose address it is, and what was sent to it."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class SentMail:
    at: float
    recipient: str
    subject: str
    text: str


def address_of(user_id: str) -> str:
    return f"{user_id}@shoppers.example"


class Mailbox:
    """All mails of a run. Each user has an address."""

    def __init__(self) -> None:
        self.mails: list[SentMail] = []
        self.sent_back: list[str] = []
        """The dead letters that an operator sent back: a mail that they cause again is not one that was sent twice."""

    def attributes_of(self, user_id: str) -> list[dict[str, str]]:
        return [{"Name": "sub", "Value": user_id}, {"Name": "email", "Value": address_of(user_id)}]

    def send(self, now: float, request: Mapping[str, Any]) -> str:
        """Take a mail. Returns its id."""
        content = request["Content"]["Simple"]
        (recipient,) = request["Destination"]["ToAddresses"]
        text = content["Body"]["Text"]["Data"]
        self.mails.append(SentMail(now, recipient, content["Subject"]["Data"], text))
        return f"mail-{len(self.mails)}"
