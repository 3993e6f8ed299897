"""Which routes and fields answer strangers, and that the evening ends."""

from collections.abc import Callable
from dataclasses import replace
from types import SimpleNamespace
from typing import Any

import pytest

from tools.sim import run
from tools.sim.invariants.fitting_body import fitting_body
from tools.sim.invariants.routes import CONTRACT, OPEN, u1_fields_are_for_their_groups, u1_routes_refuse_strangers
from tools.sim.templates.blueprint import Api, Route
from tools.tests.sim.quiet import book, world

PROVIDER = "payment-3p"


def strangers(changed: Callable[[Any], None], answers: dict[str, int]) -> list[str]:
    """The violations when the routes answer so."""
    found, apis = world(), [api("orders", "GET", "/backend/{orderId}"), *provider()]
    found.blueprint = SimpleNamespace(apis={each.id: each for each in apis})
    found.background = lambda _name, work: SimpleNamespace(done=SimpleNamespace(value=work()))
    found.run = lambda: None
    found.http_request = lambda _method, url, **_: SimpleNamespace(status=answers[url.split("/")[2].split(".")[0]])
    changed(found.blueprint.apis)
    return [violation.text for violation in u1_routes_refuse_strangers(found)]


def api(service: str, method: str, template: str) -> Api:
    return Api(f"{service}-api", service, (Route(method, template, "", signed=False),))


def provider() -> list[Api]:
    routes = tuple(Route(method, template, "", signed=False) for _, method, template in sorted(OPEN))
    return [Api("provider-api", PROVIDER, routes)]


@pytest.mark.parametrize(("status", "is_open"), [(401, False), (403, False), (200, True), (404, True), (400, True)])
def test_a_route_that_answers_strangers_breaks_u1(status: int, is_open: bool) -> None:
    found = strangers(lambda _: None, {"orders-api": status})
    assert found == ([f"orders answered {status} to GET /backend/{{orderId}} of a stranger"] if is_open else [])


def test_a_new_route_of_the_provider_is_closed_until_it_is_listed() -> None:
    def add(apis: dict[str, Api]) -> None:
        made = apis["provider-api"]
        apis["provider-api"] = replace(made, routes=(*made.routes, Route("GET", "/new", "", signed=False)))

    assert strangers(add, {"orders-api": 403, "provider-api": 200}) == [
        f"{PROVIDER} answered 200 to GET /new of a stranger"
    ]


def test_an_open_route_that_is_gone_is_reported() -> None:
    found = strangers(lambda apis: apis.pop("provider-api"), {"orders-api": 403})
    assert len(found) == len(OPEN)


class _Schema:
    """A schema that agrees with the contract, but for one field and caller."""

    def __init__(self, wrong: tuple[str, str | None] = ("", None), without: str = "") -> None:
        self._wrong, self._without = wrong, without

    def fields(self) -> list[str]:
        return [name for name in CONTRACT["graphql"] if name != self._without]

    def may_use(self, root: str, field: str, identity: Any) -> bool:
        group = "api key" if identity is None else (identity["groups"] or ["shopper"])[0]
        may = group in CONTRACT["graphql"][f"{root}.{field}"].reach
        return may != ((f"{root}.{field}", group) == self._wrong)


@pytest.mark.parametrize(
    ("schema", "found"),
    [
        (_Schema(), []),
        (_Schema(("Mutation.refundOrder", "shopper")), ["Mutation.refundOrder is open to the caller shopper"]),
        (_Schema(("Query.getProducts", "api key")), ["Query.getProducts is closed to the caller api key"]),
        (_Schema(without="Query.getCart"), ["Query.getCart is in one of schema and docs/authorisation.yaml only"]),
    ],
)
def test_a_field_that_is_open_to_others_breaks_u1(schema: _Schema, found: list[str]) -> None:
    made: Any = SimpleNamespace(graphql=schema)
    assert [violation.text for violation in u1_fields_are_for_their_groups(made)] == found


def test_a_fitting_body_has_what_is_required() -> None:
    text = {"type": "string", "minLength": 2}
    fields = {"a": {"$ref": "#/components/schemas/Text"}, "b": {"type": "integer", "minimum": 3}, "c": {"enum": ["X"]}}
    lines = {"type": "array", "minItems": 1, "items": {"type": "object", "required": [], "properties": {}}}
    schema = {"type": "object", "required": ["a", "b", "c", "d"], "properties": {**fields, "d": lines, "e": text}}
    whole = {**schema, "components": {"schemas": {"Text": text}}}
    assert fitting_body(whole) == {"a": "xx", "b": 3, "c": "X", "d": [{}]}
    assert fitting_body(None) == {}


@pytest.mark.parametrize("rounds", [0, 2, run.EVENING_ROUNDS])
def test_work_that_never_ends_breaks_o2(rounds: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(run, "redrive_all", lambda *_: 0)
    monkeypatch.setattr(run, "_lapse", lambda *_: None)
    works, known = iter([True] * rounds), book()
    known.finished = set()
    found: Any = SimpleNamespace(
        queues={},
        come_to_rest=lambda: None,
        run=lambda *_: None,
        now=lambda: 0.0,
        faults=SimpleNamespace(delete_expired=lambda: None),
        background=lambda _name, work: SimpleNamespace(done=SimpleNamespace(value=work())),
    )
    packer: Any = SimpleNamespace(name="packer-1", finish=lambda: next(works, False))
    run._evening(found, known, [packer])
    ended = rounds < run.EVENING_ROUNDS
    assert [name for name, _, _ in known.reported] == ([] if ended else ["O2"])
    assert known.finished == ({"packer-1"} if ended else set())
