"""The text of a mail, from the templates in `texts/`, which are read once.

The first line of a template is the subject, the rest are paragraphs. Plain text and HTML have the same content.
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

from ecom.limits import MAX_REASON_LENGTH
from ecom.money import money
from notifications_service.domain import Kind, OrderMail

TEXTS = Path(__file__).parent / "texts"
MAX_NAME = 200
WIDTH = 76


@dataclass(frozen=True, slots=True)
class Mail:
    subject: str
    text: str
    html: str


@dataclass(frozen=True, slots=True)
class Line:
    """A line of the table: a label and its value, mostly an amount. It is empty when the order has none."""

    label: str
    value: str


def mail_text(mail: OrderMail) -> Mail:
    """Subject, text and HTML. Values of the order cannot add lines, headers or markup."""
    subject, *paragraphs = _content(mail)
    lines = [
        *(shipment_lines(mail.order) if mail.kind is Kind.SHIPPED else ()),
        *lines_of(mail.order),
        *refund_lines(mail),
    ]
    return Mail(
        subject=subject,
        text=_text("layout.txt").substitute(
            body="\n\n".join(fill(each, WIDTH, break_long_words=False) for each in paragraphs),
            order=_plain(mail.order_id),
            lines="\n".join(map(_as_text, lines)),
        ),
        html=_text("layout.html").substitute(
            subject=escape(subject),
            body="\n".join(f"    <p>{escape(each)}</p>" for each in paragraphs),
            order=escape(_plain(mail.order_id)),
            lines="\n".join(map(_as_html, lines)),
        ),
    )


def _content(mail: OrderMail) -> list[str]:
    """The subject and the paragraphs, each on one line."""
    reason = _plain(mail.reason, MAX_REASON_LENGTH)
    values = {"order": _plain(mail.order_id), "at": moment(mail.at), "reason": reason}
    text = _text(f"{mail.text}.txt").substitute(values)
    return [" ".join(part.split()) for part in text.strip().split("\n\n")]


def shipment_lines(order: Mapping[str, Any]) -> Iterator[Line]:
    """The carrier and the tracking number. An order that an older producer shipped has none."""
    shipment = order.get("shipment") or {}
    for label, name in (("Carrier", "carrier"), ("Tracking number", "trackingNumber")):
        if shipment.get(name):
            yield Line(label, _plain(shipment[name]))


def refund_lines(mail: OrderMail) -> Iterator[Line]:
    if mail.refund is not None:
        yield Line("Paid back", money(mail.refund, mail.order.get("currency") or ""))


def lines_of(order: Mapping[str, Any]) -> Iterator[Line]:
    currency = order.get("currency") or ""
    for line in order.get("products") or []:
        quantity, price = line.get("quantity", 1), line.get("price")
        label = f"{quantity} x {_plain(line.get('name') or 'article')}"
        yield Line(label, money(quantity * price, currency) if price is not None else "")
    for label, name in (("Delivery", "deliveryPrice"), ("Total", "total")):
        if order.get(name) is not None:
            yield Line(label, money(order[name], currency))


def moment(at: datetime) -> str:
    utc = at.astimezone(UTC)
    return f"{utc.day} {utc:%B %Y at %H:%M} UTC"


def _plain(value: Any, longest: int = MAX_NAME) -> str:
    """One line of printable text, whatever the order contains."""
    text = "".join(sign if sign.isprintable() else " " for sign in str(value))
    return " ".join(text.split())[:longest]


def _as_text(line: Line) -> str:
    return f"  {line.label:<50} {line.value:>14}".rstrip()


def _as_html(line: Line) -> str:
    return f'      <tr><td>{escape(line.label)}</td><td align="right">{escape(line.value)}</td></tr>'


@cache
def _text(name: str) -> Template:
    return Template((TEXTS / name).read_text(encoding="utf-8"))
