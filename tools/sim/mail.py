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
    number: int
    """Of the redrives before it: a mail that an operator sends again is not one that was sent twice."""


class Mailbox:
    """All mails of a run. Each user has an address."""

    def __init__(self) -> None:
        self.mails: list[SentMail] = []
        self.redrives = 0

    @staticmethod
    def attributes_of(user_id: str) -> list[dict[str, str]]:
        address = f"{user_id}@shoppers.example"
        return [{"Name": "sub", "Value": user_id}, {"Name": "email", "Value": address}]

    def send(self, now: float, request: Mapping[str, Any]) -> str:
        """Take a mail. Returns its id."""
        content = request["Content"]["Simple"]
        (recipient,) = request["Destination"]["ToAddresses"]
        text = content["Body"]["Text"]["Data"]
        self.mails.append(SentMail(now, recipient, content["Subject"]["Data"], text, self.redrives))
        return f"mail-{len(self.mails)}"
