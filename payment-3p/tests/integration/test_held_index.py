"""The list of holds is spread over partitions, and still one list, oldest first."""

from datetime import timedelta
from typing import Any

from payment_3p_service.domain import cancel, capture, hold
from payment_3p_service.held_index import PARTITIONS, partition, partitions
from payment_3p_service.repository import PAGE, Ledger

CARD = "4111222233334444"


def keys(dynamodb: Any) -> set[str]:
    return {str(item["held"]) for item in dynamodb.scan(TableName="Table")["Items"] if "held" in item}


def listed(ledger: Ledger) -> list[list[str]]:
    """The tokens of each page."""
    pages: list[list[str]] = []
    after: str | None = ""
    while after is not None:
        page = ledger.holds(after)
        pages.append([payment.token for payment in page.payments])
        after = page.after
    return pages


def test_a_hold_keeps_its_partition() -> None:
    assert partition("token") == partition("token")
    assert {partition(f"token-{number}") for number in range(200)} == set(partitions()) - {"HELD"}


def test_holds_use_every_partition_and_are_listed_by_age(ledger: Ledger, dynamodb: Any, time: Any) -> None:
    for number in range(PAGE + 20):
        ledger.open(hold(f"t{number:03}", CARD, number, time(), 30))
        time.now += timedelta(milliseconds=number % 2)  # some have the same time
    assert len(keys(dynamodb)) == PARTITIONS
    pages = listed(ledger)
    assert [len(page) for page in pages] == [PAGE, 20]
    assert [token for page in pages for token in page] == [f"t{number:03}" for number in range(PAGE + 20)]


def test_a_page_ends_where_one_partition_ends(ledger: Ledger, time: Any) -> None:
    """All holds are in one partition: the others must not end the list."""
    tokens = [token for token in (f"t{number:04}" for number in range(2000)) if partition(token) == partition("t0000")]
    for token in tokens[: 2 * PAGE]:
        ledger.open(hold(token, CARD, 1, time(), 30))
        time.now += timedelta(seconds=1)
    assert [len(page) for page in listed(ledger)] in ([PAGE, PAGE], [PAGE, PAGE, 0])


def test_holds_that_were_written_before_are_listed_too(ledger: Ledger, dynamodb: Any, time: Any) -> None:
    ledger.open(hold("old", CARD, 1, time(), 30))
    item = dynamodb.get_item(TableName="Table", Key={"paymentToken": "old"})["Item"]
    dynamodb.put_item(TableName="Table", Item={**item, "held": "HELD"})
    ledger.open(hold("new", CARD, 1, time() + timedelta(seconds=1), 30))
    assert listed(ledger) == [["old", "new"]]
    assert ledger.change("old", capture)
    assert ledger.change("new", cancel)
    assert (listed(ledger), keys(dynamodb)) == ([[]], set())
