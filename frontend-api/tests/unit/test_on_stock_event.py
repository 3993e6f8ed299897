"""StockChanged -> what subscribers of onAvailabilityChanged receive: the level and its version, no number of units."""

import json
from pathlib import Path
from typing import Any

import graphql
import pytest
from botocore.credentials import Credentials

import frontend_api_service
from ecom.http import Request, SignedClient
from ecom.runtime import Runtime
from ecom_testkit.dead_letter_spy import DeadLetterSpy
from ecom_testkit.lambda_events import bus_event
from frontend_api_service import bootstrap
from frontend_api_service.clients import AVAILABILITY_FIELDS, AVAILABILITY_MUTATION, GraphqlApi
from frontend_api_service.errors import NotPublished
from frontend_api_service.handlers import on_stock_event

ROOT = Path(__file__).parents[3]
EXAMPLES = ROOT / "warehouse/events/examples"


class Api:
    def __init__(self, body: Any = None) -> None:
        self._body = {"data": {"publishAvailability": {"productId": "any"}}} if body is None else body
        self.sent: list[dict[str, Any]] = []

    def __call__(self, request: Request) -> tuple[int, bytes]:
        self.sent.append(json.loads(request.body))
        return 200, json.dumps(self._body).encode()


@pytest.fixture
def dead_letters(monkeypatch: pytest.MonkeyPatch) -> DeadLetterSpy:
    spy = DeadLetterSpy()
    monkeypatch.setattr(bootstrap, "runtime", Runtime(frontend_api_service.__file__, dead_letters=spy))
    return spy


def deliver(event: dict[str, Any], api: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    client = SignedClient(
        lambda: Credentials("AKID", "secret"), "eu-west-1", api, lambda seconds: None, service="appsync"
    )
    monkeypatch.setattr(bootstrap, "api", lambda: GraphqlApi(client, "https://api/graphql"))
    on_stock_event.handler(event, None)


@pytest.mark.parametrize(
    ("name", "level", "version"), [("StockChanged", "LOW", 12), ("StockChanged-sold-out", "OUT", 13)]
)
def test_the_level_and_its_version_are_published(
    name: str, level: str, version: int, dead_letters: DeadLetterSpy, monkeypatch: pytest.MonkeyPatch
) -> None:
    event, api = json.loads((EXAMPLES / f"{name}.json").read_text()), Api()
    deliver(event, api, monkeypatch)
    published = {"productId": event["detail"]["productId"], "level": level, "version": version}
    assert api.sent == [{"query": AVAILABILITY_MUTATION, "variables": {"availability": published}}]
    assert dead_letters.messages == []


def test_an_event_without_a_sequence_has_no_version(
    dead_letters: DeadLetterSpy, monkeypatch: pytest.MonkeyPatch
) -> None:
    api = Api()
    detail = {"productId": "kettle", "available": 3, "level": "LOW"}
    deliver(bus_event("ecommerce.warehouse", "StockChanged", detail), api, monkeypatch)
    assert api.sent[0]["variables"]["availability"] == {"productId": "kettle", "level": "LOW", "version": None}


def test_the_mutation_selects_every_field_and_takes_every_field() -> None:
    """A field that the mutation does not select is null for every subscriber."""
    text = (ROOT / "frontend-api/schema.graphql").read_text()
    schema = graphql.build_ast_schema(graphql.parse(f"scalar AWSJSON\n{text}"), assume_valid=True)
    assert graphql.validate(schema, graphql.parse(AVAILABILITY_MUTATION)) == []
    for name in ("Availability", "AvailabilityInput"):
        assert set(schema.type_map[name].fields) == set(AVAILABILITY_FIELDS)  # type: ignore[attr-defined]


@pytest.mark.parametrize(
    "body", [{"data": None, "errors": [{"errorType": "Unauthorized"}]}, {"data": {"publishAvailability": None}}, []]
)
def test_a_change_that_was_not_published_is_retried(
    body: Any, dead_letters: DeadLetterSpy, monkeypatch: pytest.MonkeyPatch
) -> None:
    event = json.loads((EXAMPLES / "StockChanged.json").read_text())
    with pytest.raises(NotPublished, match="publishAvailability: 200"):
        deliver(event, Api(body), monkeypatch)
    assert dead_letters.messages == []


def test_an_invalid_event_is_a_dead_letter(dead_letters: DeadLetterSpy, monkeypatch: pytest.MonkeyPatch) -> None:
    api = Api()
    deliver(
        json.loads((ROOT / "warehouse/events/refused/StockChanged-unknown-level.json").read_text()), api, monkeypatch
    )
    ((_, error),) = dead_letters.messages
    assert (error.type, api.sent) == ("DEAD_LETTER", [])
