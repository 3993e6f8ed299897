"""U1: who may call what, by docs/authorisation.yaml: routes of REST APIs refuse a request without credentials, and
GraphQL fields are for the groups that the contract names."""

import json
from collections.abc import Iterator
from functools import partial
from typing import TYPE_CHECKING, Any

import urllib3

from tools.project.authorisation import ANONYMOUS, API_KEY, GROUPS, SHOPPER, expected
from tools.sim.invariants.fitting_body import fitting_body
from tools.sim.invariants.violation import Violation

if TYPE_CHECKING:
    from tools.sim.templates.blueprint import Api, Route
    from tools.sim.world import World

REFUSED = (401, 403)
STRANGERS_HEADERS = {"Content-Type": "application/json", "Authorization": "Bearer not-the-secret"}
CONTRACT = expected()
# Service, method and path of the routes for everybody. Preflight requests of browsers are no routes of a run.
OPEN = frozenset(
    tuple(route.split())
    for route, verdicts in CONTRACT["rest"].items()
    if ANONYMOUS in verdicts.reach and " OPTIONS " not in route
)
# Callers of GraphQL, with the claims of their tokens. An API key is sent without one.
CALLERS: dict[str, dict[str, Any] | None] = {
    API_KEY: None,
    SHOPPER: {"sub": "a-stranger", "groups": None},
    **{group: {"sub": "a-stranger", "groups": [group]} for group in GROUPS},
}


def u1_routes_refuse_strangers(world: "World") -> Iterator[Violation]:
    """Asks each route that is not open, with a body that fits. A listed route that does not exist is reported too."""
    found = {
        (api.service, route.method, route.template): partial(_ask, world, api, route)
        for api in world.blueprint.apis.values()
        for route in api.routes
    }
    for service, method, template in sorted(OPEN - {*found}):
        yield Violation("U1", f"{service} has no open route {method} {template}")
    asked = {
        name: world.background(f"a stranger asks {' '.join(name)}", found[name]) for name in sorted({*found} - OPEN)
    }
    world.run()
    for (service, method, template), task in asked.items():
        if task.done.value not in REFUSED:
            yield Violation("U1", f"{service} answered {task.done.value} to {method} {template} of a stranger")


def u1_fields_are_for_their_groups(world: "World") -> Iterator[Violation]:
    """AppSync's decision for each field and caller is that of the contract."""
    for name in sorted({*world.graphql.fields()} ^ {*CONTRACT["graphql"]}):
        yield Violation("U1", f"{name} is in one of schema and docs/authorisation.yaml only")
    for name in sorted({*world.graphql.fields()} & {*CONTRACT["graphql"]}):
        reach = CONTRACT["graphql"][name].reach
        root, field = name.split(".")
        for caller, identity in CALLERS.items():
            may = world.graphql.may_use(root, field, identity)
            if may != (caller in reach):
                yield Violation("U1", f"{name} is {'open' if may else 'closed'} to the caller {caller}")


def _ask(world: "World", api: "Api", route: "Route") -> int:
    """The status of the answer to a request that fits, with a wrong secret; 0 without an answer."""
    url = f"https://{api.id}.execute-api/prod{route.template.replace('{', '').replace('}', '')}"
    body = json.dumps(fitting_body(route.body)).encode()
    try:
        answer = world.http_request(route.method, url, body=body, headers=STRANGERS_HEADERS)
    except urllib3.exceptions.HTTPError:
        return 0
    return int(answer.status)
