"""What belongs to tests, and what differs on a platform after them."""

import hashlib
import uuid

import pytest

from ecom_client import made as reports
from ecom_client.made import made, new_id, sent
from ecom_client.platform import Platform
from ecom_testkit.clean_up import caused_by_tests, left_behind
from ecom_testkit.made_by_tests import MadeByTests, names_in, other_names_of
from ecom_testkit.platform_state import differences

ID = "0b4488ae-e203-4778-a359-d69988e7b613"
TOKEN = "AGoZy_TaXNbzHNE9neLvm4dCZ9NKu36Gic2iusV0VhM"


@pytest.fixture
def tests_made(monkeypatch: pytest.MonkeyPatch) -> MadeByTests:
    """The only listener, so that a session's own does not learn of names that do not exist."""
    listener = MadeByTests(Platform("local", "http://none", "us-east-1"))
    monkeypatch.setattr(reports, "_listeners", [listener])
    return listener


@pytest.mark.parametrize(
    ("text", "names"),
    [
        (f'{{"orderId": "{ID}"}}', {ID}),
        (f"order#test-{ID}-07", {ID}),
        (f"cancelPayment of token {TOKEN}", {TOKEN}),
        ("kettle, demo-lamp, user-1, 2026-11-28T17:13:47.728Z", set()),
        ("", set()),
    ],
)
def test_only_unique_names_are_names(text: str, names: set[str]) -> None:
    assert names_in(text) == names


def test_the_test_that_made_a_thing_is_known_by_its_name_its_parts_and_its_hash(tests_made: MadeByTests) -> None:
    tests_made.test = "test_one"
    first, token = new_id(), made(TOKEN)
    tests_made.test = "test_two"
    made(first)
    sent(f"about {first} and {ID}")
    assert tests_made.test_of(f"stock#{first}") == tests_made.test_of(f"{first}-03") == "test_one"
    assert tests_made.test_of(hashlib.sha256(token.encode()).hexdigest()) == "test_one"
    assert tests_made.test_of(f"{ID} of another") == "test_two"
    assert tests_made.test_of(str(uuid.uuid4())) == ""


def test_a_table_that_was_read_before_the_first_test_hides_no_name_of_a_row_in_it(tests_made: MadeByTests) -> None:
    table = "ecommerce-local-products-Table-EFAAD80303042"  # sorted before the product's id
    sent(f'{{"TableName": "{table}"}}')
    tests_made.test = "test_one"
    sent("f59b1a90-bacf-4863-9dd4-cf95d1bd16e4")
    assert tests_made.test_of(f"row {table}: f59b1a90-bacf-4863-9dd4-cf95d1bd16e4 is new") == "test_one"


def test_a_common_word_is_never_a_name_of_tests(tests_made: MadeByTests) -> None:
    made("kettle")
    assert tests_made.test_of("kettle") == ""


def test_differences_are_new_changed_and_gone_things() -> None:
    before = {"row a": "1", "row b": "1", "row c": "1", "alarm x": "why", "messages that wait in q": "2"}
    after = {"row a": "1", "row b": "2", "row d": "3", "alarm y": "why"}
    assert differences(before, after) == {
        "row b changed": "2",
        "row c is gone": "1",
        "row d is new": "3",
        "alarm y is new": "why",
    }


def test_what_is_left_is_listed_with_its_test_and_alarms_have_time_to_end(
    tests_made: MadeByTests, monkeypatch: pytest.MonkeyPatch
) -> None:
    tests_made.test = "test_one"
    made(ID)
    states = [{"row r": ID, "alarm x": "why"}, {"row r": ID}]
    monkeypatch.setattr("ecom_testkit.clean_up.read_state", lambda _: states.pop(0))
    assert left_behind(tests_made, {}, seconds=5) == ["row r is new, by test_one"]
    monkeypatch.setattr("ecom_testkit.clean_up.read_state", lambda _: {"alarm x": "why"})
    assert left_behind(tests_made, {}, seconds=0) == ["alarm x is new, by a test that is not known"]


def test_a_dead_letter_of_a_schedule_is_not_of_the_tests_and_one_about_their_order_is(
    tests_made: MadeByTests,
) -> None:
    tests_made.test = "test_one"
    made(TOKEN)
    of_schedule = {
        "dead letter env-orders-DeadLetters-1: a (Unreachable) is new": '{"detail-type": "Scheduled Event"}',
        "alarm env-orders-dead-letters is new": "why",
    }
    of_test = {
        "dead letter env-payment-DeadLetters-2: b (DEAD_LETTER) is new": TOKEN,
        "alarm env-payment-dead-letters is new": "why",
    }
    assert caused_by_tests(tests_made, {**of_schedule, **of_test}) == of_test


def test_an_alarm_that_only_time_ends_is_not_left(tests_made: MadeByTests) -> None:
    found = {"alarm ecommerce-local-payment-payments-fail is new": "why", "alarm env-orders-other is new": "why"}
    assert caused_by_tests(tests_made, found) == {"alarm env-orders-other is new": "why"}


def test_a_row_of_an_order_has_more_names_but_not_that_of_a_shopper() -> None:
    order, user = "6e1c1f0a-8d0b-5c7b-9a35-0d9c5f0a7e21", "5f3c9a52-1f0e-4c1b-9f8e-2a4b6c8d0e1f"
    assert other_names_of({"orderId": order, "paymentToken": user, "status": "NEW"}) == [order, user]
    assert other_names_of({"orderId": f"{user}_{order}", "kind": "return_approved"}) == []
    assert other_names_of({"orderId": "order-1"}) == []
