"""The mails that the local cloud took in place of SES: reading them, and making the sending of them fail."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Literal
from urllib.parse import urlencode

from ecom_client.platform import Platform, send
from ecom_client.polling import poll

Behaviour = Literal["THROTTLE", "ERROR", "ERROR_AFTER", "CUT_AFTER", "NONE"]
_ALL = 100_000


@dataclass(frozen=True)
class Mail:
    id: str
    at: str
    sender: str
    to: tuple[str, ...]
    cc: tuple[str, ...]
    bcc: tuple[str, ...]
    reply_to: tuple[str, ...]
    subject: str
    text: str
    html: str
    attachments: tuple[str, ...]
    headers: Mapping[str, str]


@dataclass(frozen=True)
class Mailbox:
    """The mailbox of the local cloud. On AWS there is none: `exists` is false, and asking is an error."""

    platform: Platform

    @property
    def exists(self) -> bool:
        return self.platform.environment == "local"

    def mails(self, to: str = "", about: str = "") -> list[Mail]:
        """All that reached an address and whose subject or text holds `about`, in the order in which they were sent."""
        wanted = {"to": to, "about": about, "limit": _ALL}
        body = self._call("GET", f".json?{urlencode({name: value for name, value in wanted.items() if value})}")
        return [_mail(mail) for mail in reversed(body["mails"])]

    def wait_for(self, to: str = "", about: str = "", count: int = 1, seconds: float = 30) -> list[Mail]:
        """The mails, once there are that many or more."""
        what = f"{count} mails to {to or 'anybody'}" + (f" about {about}" if about else "")
        return poll(lambda: self.mails(to, about), lambda found: len(found) >= count, seconds, what)

    def script(self, behaviour: Behaviour, to: str = "", *, times: int | None = None, seconds: int = 60) -> None:
        """Make sending fail: to one address, or to all; so many times, or until the time is over.

        THROTTLE: refused, too many at once. ERROR: a 500, and nothing is sent. ERROR_AFTER: a 500, and it was sent.
        CUT_AFTER: the connection ends without an answer, and it was sent. NONE: the script is over.
        """
        asked = {"behaviour": behaviour, "to": to, "times": times, "seconds": seconds}
        self._call("POST", "/faults", {name: value for name, value in asked.items() if value})

    def faults(self) -> list[dict[str, Any]]:
        """The scripts that are on, with how often they will still act (`times`)."""
        found: list[dict[str, Any]] = self._call("GET", "/faults")["faults"]
        return found

    @contextmanager
    def failing(
        self, behaviour: Behaviour, to: str = "", *, times: int | None = None, seconds: int = 60
    ) -> Iterator[None]:
        """The script is on while the block runs, and off afterwards whatever happened."""
        self.script(behaviour, to, times=times, seconds=seconds)
        try:
            yield
        finally:
            self.script("NONE", to)

    def _call(self, method: str, path: str, body: Any = None) -> Any:
        if not self.exists:
            raise RuntimeError(f"only the local cloud has a mailbox; {self.platform.environment} sends real mail")
        answer = send(method, f"{self.platform.endpoint}/_local/mail{path}", body)
        assert answer.status == 200, answer
        return answer.body


def _mail(mail: Mapping[str, Any]) -> Mail:
    return Mail(
        id=mail["id"],
        at=mail["at"],
        sender=mail["from"],
        to=tuple(mail["to"]),
        cc=tuple(mail["cc"]),
        bcc=tuple(mail["bcc"]),
        reply_to=tuple(mail["replyTo"]),
        subject=mail["subject"],
        text=mail["text"],
        html=mail["html"],
        attachments=tuple(mail["attachments"]),
        headers=mail["headers"],
    )
