"""A change of an order -> the order that subscribers receive: all GraphQL fields, and no others."""

import json
from pathlib import Path
from typing import Any

import graphql
import pytest
from botocore.credentials import Credentials

import frontend_api_service
from ecom.http import Refused, Request, SignedClient, Unreachable
from ecom.order_view import order_view
from ecom.runtime import Runtime
from ecom_testkit.dead_letter_spy import DeadLetterSpy
from ecom_testkit.lambda_events import bus_event
from frontend_api_service import bootstrap
from frontend_api_service.clients import ORDER_MUTATION, GraphqlApi
from frontend_api_service.errors import NotPublished
from frontend_api_service.handlers import on_order_event

ROOT = Path(__file__).parents[3]
DOCUMENT = graphql.parse((ROOT / "frontend-api/schema.graphql").read_text())
# What AppSync adds to each schema.
BUILT_IN = """
scalar AWSJSON
directive @aws_api_key on OBJECT | FIELD_DEFINITION
directive @aws_iam on OBJECT | FIELD_DEFINITION
directive @aws_cognito_user_pools(cognito_groups: [String!]) on OBJECT | FIELD_DEFINITION
directive @aws_subscribe(mutations: [String!]!) on FIELD_DEFINITION
"""
SCHEMA = graphql.build_ast_schema(graphql.concat_ast([graphql.parse(BUILT_IN), DOCUMENT]))


def example(name: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((ROOT / f"orders/events/examples/{name}.json").read_text())
    return found


class Api:
    def __init__(self, status: int = 200, body: Any = None) -> None:
        self.answer = status, json.dumps(body or {"data": {"publishOrderChange": {"orderId": "any"}}}).encode()
        self.requests: list[Request] = []

    def __call__(self, request: Request) -> tuple[int, bytes]:
        self.requests.append(request)
        return self.answer


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
    monkeypatch.setenv("CURRENCY", "EUR")
    on_order_event.handler(event, None)


@pytest.mark.parametrize(
    ("name", "status"),
    [("OrderModified", "PACKAGED"), ("OrderModified-captured", "PACKAGED")],
)
def test_the_order_as_it_is_now_is_published(
    name: str, status: str, dead_letters: DeadLetterSpy, monkeypatch: pytest.MonkeyPatch
) -> None:
    api = Api()
    deliver(example(name), api, monkeypatch)
    (request,) = api.requests
    body = json.loads(request.body)
    assert body["query"] == ORDER_MUTATION
    assert body["variables"]["order"]["status"] == status
    assert "/appsync/aws4_request" in request.headers["Authorization"]
    assert dead_letters.messages == []


@pytest.mark.parametrize("name", ["OrderCreated", "OrderCreated-older-producer", "OrderDeleted-older-producer"])
def test_the_published_order_fits_the_schema_and_holds_nothing_secret(name: str) -> None:
    detail = example(name)["detail"]
    change = order_view({**detail, "somethingNew": "x"}, "EUR")
    kind = SCHEMA.get_type("OrderChangeInput")
    assert isinstance(kind, graphql.GraphQLInputObjectType)
    graphql.coerce_input_value(change, kind)
    assert set(change) == set(kind.fields)
    assert detail.get("paymentToken", "no token") not in json.dumps(change)


def test_the_mutation_selects_every_field() -> None:
    """A field that the mutation does not select is null for every subscriber."""
    document = graphql.parse(ORDER_MUTATION)
    assert graphql.validate(SCHEMA, document) == []
    (operation,) = document.definitions
    assert isinstance(operation, graphql.OperationDefinitionNode)
    (field,) = operation.selection_set.selections
    assert isinstance(field, graphql.FieldNode)
    check_selection(field, "Order")


def check_selection(field: graphql.FieldNode, type_name: str) -> None:
    kind = SCHEMA.get_type(type_name)
    assert isinstance(kind, graphql.GraphQLObjectType)
    assert field.selection_set is not None
    selected = {each.name.value: each for each in field.selection_set.selections if isinstance(each, graphql.FieldNode)}
    assert set(selected) == set(kind.fields)
    for name, inner in selected.items():
        named = graphql.get_named_type(kind.fields[name].type)
        if isinstance(named, graphql.GraphQLObjectType):
            check_selection(inner, named.name)


@pytest.mark.parametrize(
    ("status", "body", "error"),
    [
        (200, {"data": None, "errors": [{"errorType": "Unauthorized", "message": "x"}]}, NotPublished),
        (200, {"data": {"publishOrderChange": None}}, NotPublished),
        (400, {"errors": [{"errorType": "MalformedHttpRequestException"}]}, NotPublished),
        (403, {"message": "Forbidden"}, Refused),
        (500, {}, Unreachable),
    ],
)
def test_a_change_that_was_not_published_is_retried(
    status: int, body: Any, error: type[Exception], dead_letters: DeadLetterSpy, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(error):
        deliver(example("OrderModified"), Api(status, body), monkeypatch)
    assert dead_letters.messages == []


def test_the_reason_has_no_messages_of_the_answer(dead_letters: DeadLetterSpy, monkeypatch: pytest.MonkeyPatch) -> None:
    body = {"errors": [{"errorType": "WrongType", "message": "Jo Shopper"}]}
    with pytest.raises(NotPublished) as error:
        deliver(example("OrderModified"), Api(200, body), monkeypatch)
    assert (str(error.value)) == "publishOrderChange: 200 WrongType"


def test_an_invalid_event_is_a_dead_letter(dead_letters: DeadLetterSpy, monkeypatch: pytest.MonkeyPatch) -> None:
    api = Api()
    deliver(bus_event("ecommerce.orders", "OrderModified", {"old": {}, "new": {}}), api, monkeypatch)
    ((_, error),) = dead_letters.messages
    assert (error.type, api.requests) == ("DEAD_LETTER", [])
