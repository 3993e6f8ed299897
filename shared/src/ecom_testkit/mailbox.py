"""The mailbox of the local cloud, which accepts mails in place of SES: read mails, and make sending fail."""

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
    """The mailbox of the local cloud. AWS has none: `exists` is false there, and reading raises."""

    platform: Platform

    @property
    def exists(self) -> bool:
        return self.platform.environment == "local"

    def mails(self, to: str = "", about: str = "") -> list[Mail]:
        """The mails to an address whose subject or text contains `about`, in the order in which they were sent."""
        wanted = {"to": to, "about": about, "limit": _ALL}
        body = self._call("GET", f".json?{urlencode({name: value for name, value in wanted.items() if value})}")
        return [_mail(mail) for mail in reversed(body["mails"])]

    def wait_for(self, to: str = "", about: str = "", count: int = 1, seconds: float = 30) -> list[Mail]:
        """Wait for at least `count` mails, and return them."""
        what = f"{count} mails to {to or 'any address'}" + (f" about {about}" if about else "")
        return poll(lambda: self.mails(to, about), lambda found: len(found) >= count, seconds, what)

    def delete(self, mail_id: str) -> None:
        self._call("DELETE", f"/{mail_id}")

    def script(self, behaviour: Behaviour, to: str = "", *, times: int | None = None, seconds: int = 60) -> None:
        """Make sending fail: to one address or to all; `times` times, or for `seconds`.

        THROTTLE: refused because of the rate. ERROR: 500 and not sent. ERROR_AFTER: 500 after it was sent.
        CUT_AFTER: no answer after it was sent. NONE: end the script.
        """
        asked = {"behaviour": behaviour, "to": to, "times": times, "seconds": seconds}
        self._call("POST", "/faults", {name: value for name, value in asked.items() if value})

    def faults(self) -> list[dict[str, Any]]:
        """The active scripts, with the number of remaining failures (`times`)."""
        found: list[dict[str, Any]] = self._call("GET", "/faults")["faults"]
        return found

    @contextmanager
    def failing(
        self, behaviour: Behaviour, to: str = "", *, times: int | None = None, seconds: int = 60
    ) -> Iterator[None]:
        """Run the script during the block, and end it afterwards."""
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
