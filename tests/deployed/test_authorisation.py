"""Who reaches what on the running platform: each cell of docs/authorisation.yaml, by a call that no service accepts.

The arguments are empty texts and negative numbers: a call that reaches its service is invalid there, or about nothing.
"""

from collections.abc import Iterator, Mapping
from typing import Any

import pytest
from graphql import (
    GraphQLInputObjectType,
    GraphQLList,
    GraphQLNonNull,
    GraphQLObjectType,
    GraphQLSchema,
    GraphQLType,
    build_ast_schema,
    get_named_type,
    parse,
)

from ecom_client.people import Person, temporary_user
from ecom_client.platform import Answer, Platform, send
from partners.tests.deployed.test_partners import new_company, operate
from tools import ROOT
from tools.project.authorisation import (
    ANONYMOUS,
    API_KEY,
    CALLERS,
    GROUPS,
    PARTNER_KEY,
    SCHEMA,
    SERVICE,
    SHOPPER,
    expected,
)

pytestmark = pytest.mark.deployed

REFUSED = ("Unauthorized", "UnauthorizedException")
ROWS = expected()
# API Gateway checks the body before the provider's functions check the merchant's secret.
_TOKEN = {"paymentToken": "none"}
BODIES: Mapping[str, Any] = {
    "payment-3p POST /processPayment": _TOKEN,
    "payment-3p POST /cancelPayment": _TOKEN,
    "payment-3p POST /updateAmount": {**_TOKEN, "amount": 1},
    "payment-3p POST /refund": {**_TOKEN, "amount": 1},
    "payment-3p POST /payments": {"paymentTokens": ["none"]},
    "payment-3p POST /scripts": {**_TOKEN, "behaviour": "NONE"},
}


@pytest.fixture(scope="module")
def schema() -> GraphQLSchema:
    # AppSync adds its scalars to each schema.
    return build_ast_schema(parse((ROOT / SCHEMA).read_text() + "\nscalar AWSJSON"), assume_valid=True)


@pytest.fixture(scope="module")
def people(platform_outside: Platform, shopper: Person, admin: Person) -> Iterator[Mapping[str, Person]]:
    with temporary_user(platform_outside, "warehouse") as clerk, temporary_user(platform_outside, "delivery") as driver:
        yield dict(zip((SHOPPER, *GROUPS), (shopper, admin, clerk, driver), strict=True))


@pytest.fixture(scope="module")
def partner_key(platform_outside: Platform) -> Iterator[str]:
    company = new_company(platform_outside)
    yield company.key
    operate(platform_outside, "--name", company.name, "--revoke")


class Callers:
    """Sends a request as each of the callers."""

    def __init__(self, platform: Platform, people: Mapping[str, Person], api_key: str, partner_key: str) -> None:
        self._platform, self._people = platform, people
        self._headers = {ANONYMOUS: {}, API_KEY: {"x-api-key": api_key}, PARTNER_KEY: {"x-api-key": partner_key}}

    def send(self, caller: str, method: str, url: str, body: Any, service: str) -> Answer:
        if caller == SERVICE:
            return self._platform.signed(method, url, body, service=service)
        person = self._people.get(caller)
        headers = {"Authorization": person.id_token} if person else self._headers[caller]
        return send(method, url, body, headers)


@pytest.fixture(scope="module")
def callers(platform_outside: Platform, people: Mapping[str, Person], api_key: str, partner_key: str) -> Callers:
    return Callers(platform_outside, people, api_key, partner_key)


def query_of(schema: GraphQLSchema, root: str, name: str) -> tuple[str, dict[str, Any]]:
    """A call of the field with empty arguments, and its variables."""
    field = schema.type_map[root].fields[name]  # type: ignore[attr-defined]  # a root is an object type
    needed = {key: each.type for key, each in field.args.items() if isinstance(each.type, GraphQLNonNull)}
    declared = ", ".join(f"${key}: {kind}" for key, kind in needed.items())
    given = ", ".join(f"{key}: ${key}" for key in needed)
    selection = _selection(get_named_type(field.type))
    head = f"({declared})" if declared else ""
    call = f"{name}({given})" if given else name
    text = f"{root.lower()} Q{head} {{ {call} {selection} }}"
    return text, {key: _empty(kind) for key, kind in needed.items()}


def _selection(kind: Any) -> str:
    return "{ __typename }" if isinstance(kind, GraphQLObjectType) else ""


def _empty(kind: GraphQLType) -> Any:
    if isinstance(kind, GraphQLNonNull):
        return _empty(kind.of_type)
    if isinstance(kind, GraphQLList):
        return []
    if isinstance(kind, GraphQLInputObjectType):
        return {key: _empty(each.type) for key, each in kind.fields.items() if isinstance(each.type, GraphQLNonNull)}
    return -1 if str(kind) == "Int" else ""


def is_refused(answer: Answer) -> bool:
    errors = answer.body.get("errors") or [] if isinstance(answer.body, dict) else []
    return answer.status in (401, 403) or any(error.get("errorType") in REFUSED for error in errors)


@pytest.mark.parametrize("name", [name for name in ROWS["graphql"] if not name.startswith("Subscription")])
def test_a_field(platform_outside: Platform, schema: GraphQLSchema, callers: Callers, name: str) -> None:
    query, variables = query_of(schema, *name.split("."))
    url, body = platform_outside.parameter("frontend-api/api/url"), {"query": query, "variables": variables}
    reached = {caller for caller in CALLERS if not is_refused(callers.send(caller, "POST", url, body, "appsync"))}
    assert reached == ROWS["graphql"][name].reach


@pytest.mark.parametrize("name", ROWS["rest"])
def test_a_route(platform_outside: Platform, callers: Callers, name: str) -> None:
    service, method, path = name.split(" ")
    url = platform_outside.parameter(f"{service}/api/url") + path.replace("{", "").replace("}", "")
    body: Any = BODIES.get(name, {}) if method in ("POST", "PUT") else None
    reached = {caller for caller in CALLERS if not is_refused(callers.send(caller, method, url, body, "execute-api"))}
    assert reached == ROWS["rest"][name].reach
