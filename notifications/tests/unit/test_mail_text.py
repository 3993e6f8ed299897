"""The texts of mails. `mails/` has each complete mail; UPDATE_MAILS=1 writes the files again, for review and commit."""

import os
from pathlib import Path
from typing import Any

import pytest

from ecom.limits import MAX_REASON_LENGTH
from notifications.tests.builders import accepted, order_mail, returned, status_changed
from notifications_service.mail_text import mail_text

GOLDEN = Path(__file__).parent / "mails"
EVENTS = {
    "accepted": accepted(),
    "packaged": status_changed("PACKAGED"),
    "shipped": status_changed("SHIPPED", shipment={"carrier": "PostNord", "trackingNumber": "A-1 & <b>"}),
    "delivered": status_changed("FULFILLED"),
    "packaging_failed": status_changed("PACKAGING_FAILED"),
    "delivery_failed": status_changed("DELIVERY_FAILED"),
    "cancelled": status_changed("CANCELLED"),
    "return_approved": returned("ReturnApproved"),
    "return_refused": returned("ReturnRefused", reason="The box was opened & <b>used</b>"),
    "return_refunded": returned("ReturnRefunded", refund=7980),
}


@pytest.mark.parametrize("name", EVENTS)
def test_a_mail_equals_its_example(name: str) -> None:
    mail = mail_text(order_mail(EVENTS[name]))
    for suffix, content in (("txt", f"Subject: {mail.subject}\n\n{mail.text}"), ("html", mail.html)):
        file = GOLDEN / f"{name}.{suffix}"
        if os.environ.get("UPDATE_MAILS"):
            file.write_text(content, encoding="utf-8")
        assert content == file.read_text(encoding="utf-8")


def test_every_kind_has_an_example() -> None:
    assert {file.stem for file in GOLDEN.iterdir()} == set(EVENTS)


@pytest.mark.parametrize("bad", ["order\r\nBcc: mo@b.com", "order\x00", "$at", "<script>", "x" * 2000])
def test_an_id_cannot_add_a_header_a_line_or_markup(bad: str) -> None:
    mail = mail_text(order_mail(accepted(bad)))
    assert mail.subject.isprintable()
    assert len(mail.subject) < 300
    assert "<script>" not in mail.html
    assert "\r" not in mail.text
    assert not [line for line in mail.text.splitlines() if line.startswith("Bcc")]


def test_a_refusal_has_all_of_its_reason_and_no_more() -> None:
    words = " ".join(["opened"] * 80)
    reason = f"{words[: MAX_REASON_LENGTH - 5]} used"
    assert len(reason) == MAX_REASON_LENGTH
    mail = mail_text(order_mail(returned("ReturnRefused", reason=f"{reason} more than returns accepts")))
    for text in (mail.text, mail.html):
        assert reason in " ".join(text.split())
        assert "more than" not in text


def test_a_products_name_cannot_add_lines_or_markup() -> None:
    name = "Kettle\n  Total 0.00 <img src=x> ${total}"
    lines = [{"productId": "p", "name": name, "price": 100, "quantity": 1}]
    mail = mail_text(order_mail(accepted(products=lines)))
    assert "1 x Kettle Total 0.00 <img src=x> ${total}" in mail.text
    assert "<img" not in mail.html


def test_the_text_contains_only_what_the_event_has() -> None:
    """Older producers send a few fields."""
    sparse: dict[str, Any] = {
        "products": [{"productId": "p"}, {"productId": "q", "quantity": 3}],
        "total": None,
        "deliveryPrice": None,
        "createdDate": None,
        "currency": None,
    }
    mail = mail_text(order_mail(accepted(**sparse)))
    assert "1 x article\n  3 x article\n\n" in mail.text
    assert "Total" not in mail.text
    assert "1 March 2026 at 12:00 UTC" in mail.text


def test_neither_address_nor_token_is_in_a_mail() -> None:
    mail = mail_text(order_mail(accepted()))
    for secret in ("Jo Shopper", "Example Street", "token-1", "user-1"):
        assert secret not in f"{mail.subject}{mail.text}{mail.html}"


def test_an_order_that_an_older_producer_shipped_names_no_carrier() -> None:
    assert "Carrier" not in mail_text(order_mail(status_changed("SHIPPED"))).text
