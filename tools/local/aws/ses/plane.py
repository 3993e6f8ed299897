"""`/_local/mail`: the mailbox as pages and as JSON, and the faults for tests.

`/_local/mail` lists the mails (`?to=`, `?about=`, `?limit=`), `/_local/mail/{id}` shows one (DELETE removes it),
`/_local/mail/{id}/html` its HTML only. With `Accept: application/json`, or `.json` at the end of the path, it is JSON.
`/_local/mail/faults` returns the present faults (GET), sets one (POST) and removes all (DELETE).

Every local process may read it, like everything under `/_local`. A page of another site may not, even when its host
name resolves to this machine: the request must name this machine, and a change must be JSON.
"""

import json
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qs, unquote

from tools.local.asgi import Receive, Scope, Send
from tools.local.aws.ses import page
from tools.local.aws.ses.faults import Faults, InvalidFault
from tools.local.aws.ses.mailbox import Mailbox
from tools.local.aws.ses.page import PATH
from tools.local.own_pages import body_of, is_loopback, number_of

FAULTS = f"{PATH}/faults"
SHOWN = 100
_PAGE_MAY = (
    "default-src 'none'; style-src 'unsafe-inline'; frame-src 'self'; form-action 'self'; frame-ancestors 'none'"
)
_MAIL_MAY = "sandbox; default-src 'none'; style-src 'unsafe-inline'; img-src data:; frame-ancestors 'self'"


@dataclass(frozen=True)
class _Answer:
    status: int
    body: str
    kind: str = "application/json"
    policy: str = "default-src 'none'"


class MailPlane:
    def __init__(self, mailbox: Mailbox, faults: Faults) -> None:
        self._mailbox, self._faults = mailbox, faults

    def matches(self, scope: Scope) -> bool:
        path: str = scope["path"]
        return scope["type"] == "http" and (path in (PATH, f"{PATH}.json") or path.startswith(f"{PATH}/"))

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        headers = {name.decode("latin-1").lower(): value.decode("latin-1") for name, value in scope["headers"]}
        if not is_loopback(headers.get("host", "")):
            answer = _json(403, {"message": "requests must name this machine as 127.0.0.1 or localhost"})
        elif scope["path"] == FAULTS:
            answer = self._failing(scope["method"], headers, await body_of(receive))
        elif scope["method"] == "DELETE" and scope["path"].startswith(f"{PATH}/"):
            answer = self._removing(scope["path"])
        elif scope["method"] not in ("GET", "HEAD"):
            answer = _json(405, {"message": "only GET; DELETE for one mail"})
        else:
            answer = self._reading(scope, headers)
        content = answer.body.encode()
        sent = [
            (b"content-type", f"{answer.kind}; charset=utf-8".encode()),
            (b"content-length", str(len(content)).encode()),
            (b"content-security-policy", answer.policy.encode()),
            (b"cache-control", b"no-store"),
            (b"referrer-policy", b"no-referrer"),
            (b"x-content-type-options", b"nosniff"),
        ]
        await send({"type": "http.response.start", "status": answer.status, "headers": sent})
        await send({"type": "http.response.body", "body": content if scope["method"] != "HEAD" else b""})

    def _reading(self, scope: Scope, headers: dict[str, str]) -> _Answer:
        path: str = scope["path"]
        as_json = path.endswith(".json") or "application/json" in headers.get("accept", "")
        where = unquote(path.removesuffix(".json").removeprefix(PATH)).strip("/")
        if not where:
            return self._listing(scope, as_json)
        mail = self._mailbox.mail(where.removesuffix("/html"))
        if mail is None:
            return _json(404, {"message": f"no such mail; {PATH} lists all"})
        if where.endswith("/html"):
            return _Answer(200, mail["html"], "text/html", _MAIL_MAY)
        return _json(200, mail) if as_json else _Answer(200, page.reading(mail), "text/html", _PAGE_MAY)

    def _removing(self, path: str) -> _Answer:
        removed = self._mailbox.remove(unquote(path.removeprefix(f"{PATH}/")))
        return _json(200, {}) if removed else _json(404, {"message": f"no such mail; {PATH} lists all"})

    def _listing(self, scope: Scope, as_json: bool) -> _Answer:
        query = parse_qs(scope.get("query_string", b"").decode("latin-1"))
        to, about, limit = (query.get(name, [""])[-1] for name in ("to", "about", "limit"))
        most = number_of(limit or str(SHOWN))
        if most is None or not 0 < most < 1_000_000:
            return _json(400, {"message": "limit must be an integer from 1 to 999,999"})
        mails = self._mailbox.mails(to, about, most)
        if as_json:
            return _json(200, {"mails": mails})
        return _Answer(200, page.listing(mails, to, about, most), "text/html", _PAGE_MAY)

    def _failing(self, method: str, headers: dict[str, str], body: bytes) -> _Answer:
        if method == "DELETE":
            self._faults.clear()
        elif method == "POST":
            # A page of another site can send forms and text without permission, but not JSON.
            if headers.get("content-type", "").partition(";")[0].strip() != "application/json":
                return _json(415, {"message": "send the fault as application/json"})
            try:
                requested = json.loads(body)
                self._faults.set(requested if isinstance(requested, dict) else {})
            except InvalidFault as problem:
                return _json(400, {"message": str(problem)})
            except ValueError:
                return _json(400, {"message": "the fault is not JSON"})
        elif method != "GET":
            return _json(405, {"message": "only GET, POST, DELETE"})
        return _json(200, {"faults": self._faults.active()})


def _json(status: int, body: Any) -> _Answer:
    return _Answer(status, json.dumps(body))
