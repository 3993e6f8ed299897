"""The mailbox as HTML pages. Text of mails is escaped, and their HTML is shown in a frame without permissions."""

from collections.abc import Iterable, Mapping, Sequence
from html import escape
from typing import Any
from urllib.parse import quote, urlencode

PATH = "/_local/mail"
STYLE = """
body{font:16px/1.5 system-ui,sans-serif;max-width:64rem;margin:2rem auto;padding:0 1rem;color:#1a1a1a;background:#fff}
table{border-collapse:collapse;width:100%}td,th{border-bottom:1px solid #c6ccd2;padding:.3rem .6rem;text-align:left;
vertical-align:top;overflow-wrap:anywhere}pre{background:#f6f8fa;padding:1rem;white-space:pre-wrap;
overflow-wrap:anywhere}iframe{width:100%;height:32rem;border:1px solid #c6ccd2}.at{white-space:nowrap}
"""
Mail = Mapping[str, Any]


def listing(mails: Sequence[Mail], to: str, about: str, limit: int) -> str:
    shown = f" to {to}" if to else ""
    shown += f" about {about}" if about else ""
    parts = [
        f"<h1>Mail{escape(shown)}</h1>",
        f'<form action="{PATH}">to <input name="to" value="{escape(to)}"> about <input name="about"'
        f' value="{escape(about)}"> <button>Show</button> <a href="{PATH}">all</a></form>',
    ]
    if mails:
        rows = "\n".join(map(_row, mails))
        parts.append(f"<table><tr><th>At (UTC)<th>To<th>Subject</tr>\n{rows}</table>")
        if len(mails) == limit:
            more = urlencode({"to": to, "about": about, "limit": limit * 10})
            parts.append(f'<p>The newest {limit}; <a href="{PATH}?{escape(more)}">more</a>.</p>')
    else:
        parts.append("<p>No mail yet. Mails sent by SES appear here; none leaves this machine.</p>")
    return _document("Mail", parts)


def _row(mail: Mail) -> str:
    to = ", ".join((*mail["to"], *mail["cc"], *mail["bcc"]))
    link = f"{PATH}/{quote(mail['id'], safe='')}"
    subject = escape(mail["subject"]) or "(no subject)"
    return f'<tr><td class="at">{_at(mail)}<td>{escape(to)}<td><a href="{escape(link)}">{subject}</a></tr>'


def reading(mail: Mail) -> str:
    fields = [
        ("At (UTC)", _at(mail)),
        ("From", escape(mail["from"])),
        *((name, escape(", ".join(mail[name.lower()]))) for name in ("To", "Cc", "Bcc") if mail[name.lower()]),
        ("Reply to", escape(", ".join(mail["replyTo"]))),
        ("Attachments", escape(", ".join(mail["attachments"]))),
    ]
    rows = "".join(f"<tr><th>{name}<td>{value}</tr>" for name, value in fields if value)
    parts = [f'<p><a href="{PATH}">All mail</a></p>', f"<h1>{escape(mail['subject']) or '(no subject)'}</h1>"]
    parts.append(f"<table>{rows}</table>")
    if mail["text"]:
        parts.append(f"<h2>Text</h2><pre>{escape(mail['text'])}</pre>")
    if mail["html"]:
        source = f"{PATH}/{quote(mail['id'], safe='')}/html"
        parts.append(f'<h2>HTML</h2><iframe sandbox title="the mail as HTML" src="{escape(source)}"></iframe>')
    return _document(mail["subject"], parts)


def _at(mail: Mail) -> str:
    return escape(mail["at"].replace("T", " ").removesuffix("Z")[:19])


def _document(title: str, parts: Iterable[str]) -> str:
    body = "\n".join(parts)
    return (
        f'<!doctype html>\n<html lang="en"><head><meta charset="utf-8"><title>{escape(title)}</title>'
        f'<meta name="viewport" content="width=device-width"><style>{STYLE}</style></head>\n'
        f"<body>\n{body}\n</body></html>\n"
    )
