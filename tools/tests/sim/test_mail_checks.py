"""Mails: their recipients and subjects, and that none is sent twice."""

from typing import Any

import pytest

from tools.sim.invariants.mails import (
    mails_about_returns,
    n1_addresses_of_new_users_are_kept,
    n1_every_change_is_mailed,
    n1_mails_name_the_amounts,
    n2_no_mail_twice,
)
from tools.sim.invariants.reading import ADDRESSES, ORDERS, PARTNER_REQUESTS, RETURNS
from tools.sim.mail import SentMail, address_of
from tools.tests.sim.quiet import OWN, RETURN, USER, mail, names_in, published, rows, world

ACCEPTED, FAILED = f"Your order {OWN}", f"We are sorry: your order {OWN} could not be delivered"
REFUNDED = f"Your return of goods of order {OWN} is finished"


def with_mails(*mails: Any) -> Any:
    """An order that was accepted, whose delivery failed, and one return of it that was paid back."""
    found, order = world(), rows()[ORDERS][OWN]
    _, created = published("OrderCreated", ORDERS, None, order, **order)
    failed = {**order, "status": "DELIVERY_FAILED"}
    _, modified = published("OrderModified", ORDERS, order, failed, changed=["status"], old=order, new=failed)
    _, returned = published(
        "ReturnRefunded", RETURNS, None, rows()[RETURNS][RETURN], orderId=OWN, userId=USER, returnId=RETURN
    )
    found.events += [created, modified, returned]
    found.mailbox.mails += mails
    return found


def test_mails_in_order_break_no_promise() -> None:
    found = with_mails(mail(ACCEPTED), mail(FAILED), mail(REFUNDED))
    for check in (n1_every_change_is_mailed, n2_no_mail_twice, mails_about_returns):
        assert names_in(check, found) == []


@pytest.mark.parametrize("lost", [0, 1])
def test_each_change_has_a_mail_of_its_own(lost: int) -> None:
    mails = [mail(ACCEPTED), mail(FAILED)]
    del mails[lost]
    assert names_in(n1_every_change_is_mailed, with_mails(*mails)) == ["N1"]


def test_a_mail_of_another_kind_is_not_the_one_that_was_due() -> None:
    other = mail(f"We are sorry: your order {OWN} cannot be packed")
    assert names_in(n1_every_change_is_mailed, with_mails(mail(ACCEPTED), other)) == ["N1", "N1"]


@pytest.mark.parametrize("subject", [FAILED, REFUNDED])
def test_a_mail_to_another_shopper_breaks_u1(subject: str) -> None:
    wrong = mail(subject, address_of("user-2"))
    found = with_mails(mail(ACCEPTED), mail(FAILED), wrong)
    assert names_in(n1_every_change_is_mailed, found) == ["U1"]


def test_mails_of_a_partner_go_to_the_contact_and_without_one_to_no_address() -> None:
    found = with_mails(mail(ACCEPTED, "contact@partners.example"), mail(FAILED, "contact@partners.example"))
    found.tables[PARTNER_REQUESTS] = {(OWN,): {"orderId": {"S": OWN}, "email": {"S": "contact@partners.example"}}}
    assert names_in(n1_every_change_is_mailed, found) == []
    found.tables[PARTNER_REQUESTS] = {(OWN,): {"orderId": {"S": OWN}}}
    assert names_in(n1_every_change_is_mailed, found) == ["U1"]


def test_no_mail_is_sent_twice_but_after_a_redrive_of_its_order() -> None:
    found = with_mails(mail(ACCEPTED), mail(ACCEPTED), mail(REFUNDED), mail(REFUNDED))
    found.mailbox.sent_back.append("a dead letter about order-2")
    assert names_in(n2_no_mail_twice, found) == names_in(mails_about_returns, found) == ["N2"]
    found.mailbox.sent_back.append(f'{{"orderId": "{OWN}"}}')
    assert names_in(n2_no_mail_twice, found) == names_in(mails_about_returns, found) == []
    found.mailbox.mails += [mail(ACCEPTED), mail(REFUNDED)]  # one more than the dead letters that were sent back
    assert names_in(n2_no_mail_twice, found) == names_in(mails_about_returns, found) == ["N2"]


def test_the_mail_about_a_return_is_due() -> None:
    assert names_in(mails_about_returns, with_mails(mail(ACCEPTED))) == ["N1"]


@pytest.mark.parametrize(
    ("subject", "amounts", "expected"),
    [
        (ACCEPTED, ("6.00", "1.00", "7.00"), []),
        (ACCEPTED, ("3.00", "1.00", "7.00"), ["N1"]),
        (ACCEPTED, ("6.00", "1.00", "17.00"), ["N1"]),
        (REFUNDED, ("3.00",), []),
        (REFUNDED, ("7.00",), ["N1"]),
        (FAILED, (), ["N1"]),
    ],
)
def test_a_mail_names_the_amounts(subject: str, amounts: tuple[str, ...], expected: list[str]) -> None:
    text = f"Order {OWN}\n" + "".join(f"  a label {amount:>9} EUR\n" for amount in amounts)
    found = with_mails(SentMail(0.0, address_of(USER), subject, text))
    for event in found.events:
        detail = event["detail"]
        detail.update(currency="EUR", refund=300)
        for order in (detail[name] for name in ("old", "new") if name in detail):
            order["currency"] = "EUR"
    assert names_in(n1_mails_name_the_amounts, found) == expected


def test_the_address_of_a_new_user_is_kept() -> None:
    found = world()
    found.events.append({"detail-type": "UserCreated", "detail": {"userId": USER, "email": "a@b"}})
    assert names_in(n1_addresses_of_new_users_are_kept, found) == ["N1"]
    found.tables[ADDRESSES] = {(USER,): {"userId": {"S": USER}, "address": {"S": "a@b"}}}
    assert names_in(n1_addresses_of_new_users_are_kept, found) == []
