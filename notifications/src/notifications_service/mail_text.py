"""How a mail reads. Pure but for the texts beside it, which are read once.

A text's first line is the subject, the rest are paragraphs; plain text and HTML tell the same.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache
from html import escape
from pathlib import Path
from string import Template
from textwrap import fill
from typing import Any

from notifications_service.domain import Notice

TEXTS = Path(__file__).parent / "texts"
LONGEST_NAME = 200
WIDTH = 76


@dataclass(frozen=True, slots=True)
class Mail:
    subject: str
    text: str
    html: str


@dataclass(frozen=True, slots=True)
class Line:
    """A row of what an order comes to. The amount is empty when nobody said it."""

    label: str
    amount: str


def mail_of(notice: Notice) -> Mail:
    """The whole mail. What an order holds can neither add a line or a header nor markup."""
    subject, *paragraphs = _said(notice)
    lines = list(lines_of(notice.order))
    return Mail(
        subject=subject,
        text=_text("layout.txt").substitute(
            said="\n\n".join(fill(each, WIDTH, break_long_words=False) for each in paragraphs),
            order=_plain(notice.order_id),
            lines="\n".join(map(_as_text, lines)),
        ),
        html=_text("layout.html").substitute(
            subject=escape(subject),
            said="\n".join(f"    <p>{escape(each)}</p>" for each in paragraphs),
            order=escape(_plain(notice.order_id)),
            lines="\n".join(map(_as_html, lines)),
        ),
    )


def _said(notice: Notice) -> list[str]:
    """The subject and the paragraphs, each on one line."""
    told = _text(f"{notice.text}.txt").substitute(order=_plain(notice.order_id), at=moment(notice.at))
    return [" ".join(part.split()) for part in told.strip().split("\n\n")]


def lines_of(order: Mapping[str, Any]) -> Iterator[Line]:
    for line in order.get("products") or []:
        quantity, price = line.get("quantity", 1), line.get("price")
        label = f"{quantity} x {_plain(line.get('name') or 'article')}"
        yield Line(label, money(quantity * price) if price is not None else "")
    for label, name in (("Delivery", "deliveryPrice"), ("Total", "total")):
        if order.get(name) is not None:
            yield Line(label, money(order[name]))


def money(minor: int) -> str:
    """Minor units as people read them."""
    return f"{minor // 100:,}.{minor % 100:02}"


def moment(at: datetime) -> str:
    utc = at.astimezone(UTC)
    return f"{utc.day} {utc:%B %Y at %H:%M} UTC"


def _plain(value: Any) -> str:
    """One line of what can be read, whatever somebody put into a table."""
    text = "".join(sign if sign.isprintable() else " " for sign in str(value))
    return " ".join(text.split())[:LONGEST_NAME]


def _as_text(line: Line) -> str:
    return f"  {line.label:<50} {line.amount:>14}".rstrip()


def _as_html(line: Line) -> str:
    return f'      <tr><td>{escape(line.label)}</td><td align="right">{escape(line.amount)}</td></tr>'


@cache
def _text(name: str) -> Template:
    return Template((TEXTS / name).read_text(encoding="utf-8"))
