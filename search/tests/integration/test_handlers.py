"""The functions: events that come backwards, repeated, false or broken; searches; snapshots."""

import json
from itertools import permutations
from typing import Any

import pytest

import search_service
from ecom.dynamo import TableBusy
from ecom.errors import TryAgain
from ecom.runtime import Runtime
from ecom_testkit.dead_letter_spy import DeadLetterSpy
from ecom_testkit.examples import example, refused
from ecom_testkit.lambda_events import LambdaContext, field_event, queue_record, records
from ecom_testkit.queue_spy import QueueSpy
from search.tests.builders import product
from search.tests.integration.conftest import Shop
from search_service import bootstrap
from search_service.answering import Answers
from search_service.handlers import every_quarter_hour_snapshot, graphql_search, on_product_event
from search_service.snapshots import USED_FOR

EVENTS = ("ProductCreated", "ProductModified", "ProductDeleted", "StockChanged")
QUARTER_HOUR = 900_000


class Functions:
    def __init__(self, shop: Shop) -> None:
        self.shop, self.queue, self.dead_letters = shop, QueueSpy(), DeadLetterSpy()

    def deliver(self, *events: Any) -> list[str]:
        """The ids of the messages that are retried later."""
        batch = records(*(queue_record(event, number=number) for number, event in enumerate(events)))
        failures = on_product_event.handler(batch, LambdaContext())["batchItemFailures"]
        return [failure["itemIdentifier"] for failure in failures]

    def search(self, **given: Any) -> Any:
        return graphql_search.handler(field_event("searchProducts", {"input": given}), LambdaContext())


@pytest.fixture
def functions(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> Functions:
    made = Functions(shop)
    environment, answers = shop.environment(), Answers()
    runtime = Runtime(search_service.__file__, queue=made.queue, dead_letters=made.dead_letters)
    monkeypatch.setattr(bootstrap, "runtime", runtime)
    monkeypatch.setattr(bootstrap, "now", lambda: shop.now)
    for name, part in {
        "rows": shop.rows,
        "snapshots": shop.snapshots,
        "refreshing": shop.refreshing,
        "following": environment,
        "answers": answers,
    }.items():
        monkeypatch.setattr(bootstrap, name, lambda part=part: part)
    return made


@pytest.mark.parametrize("detail_type", EVENTS)
def test_an_event_only_names_a_product(functions: Functions, detail_type: str) -> None:
    """The row says what the catalogue says, and not what the event says."""
    functions.shop.products["p-1"] = product("p-1", "True name")
    functions.shop.levels["p-1"] = "LOW"
    assert functions.deliver(example(detail_type, "p-1")) == []
    (row,) = functions.shop.rows.all()
    assert (json.loads(row.product or "{}")["name"], row.level) == ("True name", "LOW")
    assert functions.shop.asked == [["p-1"]]


@pytest.mark.parametrize("is_there", [True, False])
@pytest.mark.parametrize("order", list(permutations(EVENTS)))
def test_events_in_any_order_and_repeated_end_at_what_is_true(
    functions: Functions, order: tuple[str, ...], is_there: bool
) -> None:
    if is_there:
        functions.shop.products["p-1"] = product("p-1")
    assert functions.deliver(*(example(each, "p-1") for each in (*order, *order))) == []
    assert functions.search()["total"] == int(is_there)


@pytest.mark.parametrize(
    "body", ["no event", *(refused(each, "p-1") for each in EVENTS), example(EVENTS[0], "x" * 1_025)]
)
def test_a_broken_event_is_a_dead_letter_and_reads_nothing(functions: Functions, body: Any) -> None:
    assert functions.deliver(body) == []
    assert len(functions.dead_letters.messages) == 1
    assert functions.shop.asked == []


def test_an_event_waits_while_the_catalogue_does_not_answer(
    functions: Functions, monkeypatch: pytest.MonkeyPatch
) -> None:
    def silent(_ids: Any) -> Any:
        raise TryAgain("no answer")

    functions.shop.products["p-1"] = product("p-1")
    with monkeypatch.context() as patched:
        patched.setattr(functions.shop, "find", silent)
        assert functions.deliver(example("ProductCreated", "p-1")) == ["message-0"]
    assert functions.shop.texts() == {}
    assert functions.deliver(example("ProductCreated", "p-1")) == []
    assert (functions.search()["total"], functions.dead_letters.messages) == (1, [])


def test_a_search_answers_products_as_the_catalogue_has_them(functions: Functions) -> None:
    kettle = product("p-1", "Kettle", category="Kitchen", tags=["steel"], pictures=["https://cdn.example/1.jpg"])
    functions.shop.put(kettle)
    assert functions.search(text="kettle") == {
        "products": [kettle],
        "total": 1,
        "facets": [
            {"name": "category", "values": [{"value": "Kitchen", "count": 1}]},
            {"name": "tag", "values": [{"value": "steel", "count": 1}]},
            {"name": "price", "values": [{"value": "1000-2499", "count": 1}]},
            {"name": "stock", "values": [{"value": "IN", "count": 1}]},
        ],
        "nextToken": None,
    }
    nothing = functions.search(text="other")
    assert (nothing["total"], [facet["values"] for facet in nothing["facets"]]) == (0, [[], [], [], []])


def test_pages_have_every_hit_once(functions: Functions) -> None:
    functions.shop.put(*(product(f"p-{number}", price=number % 3) for number in range(7)))
    found, token, sizes = [], None, iter((1, 3, 2, 1))
    for size in sizes:
        page = functions.search(sort="PRICE_DESC", first=size, nextToken=token)
        found += [each["productId"] for each in page["products"]]
        token = page["nextToken"]
        assert page["total"] == 7
    assert token is None
    assert found == ["p-2", "p-5", "p-1", "p-4", "p-0", "p-3", "p-6"]


def test_tokens_and_inputs_that_are_refused(functions: Functions) -> None:
    functions.shop.put(product("p-1"), product("p-2"))
    token = functions.search(first=1)["nextToken"]
    assert functions.search(first=2, nextToken=token)["total"] == 2
    refusals: dict[str, list[dict[str, Any]]] = {
        "INVALID_TOKEN": [
            {"nextToken": token, "text": "kettle"},
            {"nextToken": token, "inStock": True},
            {"nextToken": token, "sort": "NAME"},
            {"nextToken": token[:-1]},
            {"nextToken": ""},
        ],
        "INVALID_INPUT": [{"first": 0}, {"first": 51}, {"sort": "BEST"}, {"text": "x" * 201}],
    }
    for kind, inputs in refusals.items():
        for given in inputs:
            assert functions.search(**given)["error"]["type"] == kind, given


def test_a_token_makes_an_older_environment_compare_first(
    functions: Functions, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It compared half a second ago; the page before came from one that knows a newer price."""
    functions.shop.put(*(product(f"p-{number}", price=100) for number in range(3)))
    older, newer = functions.shop.environment(), functions.shop.environment()
    older.index()
    functions.shop.now += 500
    functions.shop.put(product("p-2", price=50))
    monkeypatch.setattr(bootstrap, "following", lambda: newer)
    page = functions.search(sort="PRICE_ASC", first=1)
    assert [each["productId"] for each in page["products"]] == ["p-2"]
    monkeypatch.setattr(bootstrap, "following", lambda: older)
    monkeypatch.setattr(bootstrap, "answers", Answers)
    rest = functions.search(sort="PRICE_ASC", first=5, nextToken=page["nextToken"])
    assert [each["productId"] for each in rest["products"]] == ["p-0", "p-1"]


def test_an_index_that_cannot_be_loaded_during_init_is_loaded_by_the_first_request(
    functions: Functions, monkeypatch: pytest.MonkeyPatch
) -> None:
    def busy(*_: Any) -> Any:
        raise TableBusy("throttled")

    functions.shop.put(product("p-1"))
    with monkeypatch.context() as patched:
        patched.setattr(functions.shop.rows, "all", busy)
        graphql_search.load_index()
        assert functions.search()["error"]["type"] == "TRY_AGAIN"
    assert functions.search()["total"] == 1


def snapshot(shop: Shop) -> int | None:
    every_quarter_hour_snapshot.handler({}, LambdaContext())
    return shop.snapshots.taken_at()


def test_a_snapshot_is_taken_when_a_row_changed(functions: Functions) -> None:
    shop = functions.shop
    shop.put(product("p-1"))
    first = shop.now = shop.now + QUARTER_HOUR
    assert snapshot(shop) == first
    shop.now += QUARTER_HOUR
    assert snapshot(shop) == first
    shop.put(product("p-1", "Other"))
    assert snapshot(shop) == shop.now


def test_a_snapshot_is_taken_anew_before_it_may_not_be_used_any_more(functions: Functions) -> None:
    shop = functions.shop
    shop.put(product("p-1"))
    shop.now += QUARTER_HOUR
    snapshot(shop)
    shop.now += int(USED_FOR.total_seconds() * 1000) // 2
    assert snapshot(shop) == shop.now
