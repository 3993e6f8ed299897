"""A mail, and its parsing from a request to SES. Knows nothing of the engine."""

import base64
import binascii
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from email.utils import getaddresses, parseaddr
from typing import Any

MOST_RECIPIENTS = 50
# One mailbox, alone or behind a name. An ambiguous text is not an address: IAM would be asked about one reading only.
_ONE = re.compile(r"""(?:"(?:[^"\\]|\\.)*"\s*|[^"<>@,;:]*)<[^\s<>@,;"]+@[^\s<>@,;"]+>|[^\s<>@,;"]+@[^\s<>@,;"]+""")
_CONTROL = re.compile(r"[\x00-\x08\x0a-\x1f\x7f]")


class Refused(Exception):
    """SES refuses this mail. `rejected` is true if the sender's identity is the reason; else the request is invalid."""

    def __init__(self, message: str, *, rejected: bool = False) -> None:
        super().__init__(message)
        self.rejected = rejected


@dataclass(frozen=True)
class Mail:
    """One mail as its reader sees it. `to`, `cc` and `bcc` are its recipients."""

    sender: str
    to: tuple[str, ...] = ()
    cc: tuple[str, ...] = ()
    bcc: tuple[str, ...] = ()
    reply_to: tuple[str, ...] = ()
    subject: str = ""
    text: str = ""
    html: str = ""
    headers: Mapping[str, str] = field(default_factory=dict)
    attachments: tuple[str, ...] = ()

    @property
    def recipients(self) -> tuple[str, ...]:
        return (*self.to, *self.cc, *self.bcc)

    def check(self) -> None:
        """Refuse what SES refuses for every sender: no or too many recipients, invalid addresses, and line breaks in
        values that become headers."""
        if not self.sender:
            raise Refused("Missing required parameter: the sender's address")
        if not self.recipients:
            raise Refused("Empty required header 'To'.")
        if len(self.recipients) > MOST_RECIPIENTS:
            raise Refused(f"Recipient count exceeds {MOST_RECIPIENTS}.")
        for address in (self.sender, *self.recipients, *self.reply_to):
            if not is_address(address):
                raise Refused("Missing final '@domain'")
        for line in (self.sender, self.subject, *self.recipients, *self.reply_to, *self.headers.values()):
            if _CONTROL.search(line):
                raise Refused("Control characters are not allowed in headers.")


def is_address(value: str) -> bool:
    """Whether SES accepts it as an address: `a@b` or `Name <a@b>`, in ASCII."""
    return value.isascii() and _ONE.fullmatch(value.strip()) is not None and "@" in address_of(value)


def address_of(value: str) -> str:
    """The address in `Name <a@b>`."""
    return parseaddr(value)[1]


def name_of(value: str) -> str:
    return parseaddr(value)[0]


def of_request(request: Mapping[str, Any]) -> Mail:
    """The mail of a SESv2 SendEmail whose content is `Simple` or `Raw`."""
    destination = request.get("Destination") or {}
    to, cc, bcc = (tuple(destination.get(f"{kind}Addresses") or ()) for kind in ("To", "Cc", "Bcc"))
    sender, reply_to = str(request.get("FromEmailAddress") or ""), tuple(request.get("ReplyToAddresses") or ())
    content = request["Content"]
    if content.get("Raw"):
        return of_mime(content["Raw"].get("Data", ""), sender, to, cc, bcc)
    simple = content["Simple"]
    body = simple.get("Body") or {}
    if not (body.get("Text") or body.get("Html")):
        raise Refused("Must have either a text or an html body")
    return Mail(
        sender,
        to,
        cc,
        bcc,
        reply_to,
        simple["Subject"]["Data"],
        (body.get("Text") or {}).get("Data", ""),
        (body.get("Html") or {}).get("Data", ""),
        {one["Name"]: one["Value"] for one in simple.get("Headers") or ()},
        tuple(one.get("FileName", "") for one in simple.get("Attachments") or ()),
    )


def of_mime(
    encoded: str,
    sender: str = "",
    to: tuple[str, ...] = (),
    cc: tuple[str, ...] = (),
    bcc: tuple[str, ...] = (),
) -> Mail:
    """The mail of a complete message in base64. Given recipients replace those of its headers."""
    message = _parsed(encoded)
    if not (to or cc or bcc):
        to, cc, bcc = (_listed(message, name) for name in ("To", "Cc", "Bcc"))
    return Mail(
        sender or str(message.get("From", "")),
        to,
        cc,
        bcc,
        _listed(message, "Reply-To"),
        str(message.get("Subject", "")),
        _body(message, "plain"),
        _body(message, "html"),
        {name: str(value) for name, value in message.items() if name.lower() not in _SHOWN},
        tuple(part.get_filename() or part.get_content_type() for part in message.iter_attachments()),
    )


_SHOWN = frozenset(("from", "to", "cc", "bcc", "reply-to", "subject"))


def _parsed(encoded: str) -> EmailMessage:
    try:
        content = base64.b64decode(encoded, validate=True)
    except (binascii.Error, ValueError):
        raise Refused("The raw message is not base64.") from None
    if not content.strip():
        raise Refused("The raw message is empty.")
    return message_from_bytes(content, policy=default)


def _listed(message: EmailMessage, name: str) -> tuple[str, ...]:
    values: Iterable[str] = (str(value) for value in message.get_all(name, ()))
    return tuple(address for _, address in getaddresses(list(values)) if address)


def _body(message: EmailMessage, kind: str) -> str:
    part = message.get_body((kind,))
    if part is None:
        return ""
    try:
        return str(part.get_content())
    except LookupError:  # a charset that Python does not know
        return bytes(part.get_payload(decode=True) or b"").decode("utf-8", "replace")
