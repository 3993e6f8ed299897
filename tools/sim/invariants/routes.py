"""U1: every route of every REST API that is not open refuses a request without a signature, a token or a key."""

from collections.abc import Iterator
from functools import partial
from typing import TYPE_CHECKING

import urllib3

from tools.sim.invariants.violation import Violation

if TYPE_CHECKING:
    from tools.sim.templates.blueprint import Api
    from tools.sim.world import World

REFUSED = (401, 403)
# The routes that API Gateway lets everybody call: the payment provider is no service of the platform. It checks the
# secret of its callers itself.
PROVIDER = "payment-3p"
OPEN = frozenset(
    {
        (PROVIDER, "POST", "/preauth"),
        (PROVIDER, "POST", "/check"),
        (PROVIDER, "POST", "/processPayment"),
        (PROVIDER, "POST", "/cancelPayment"),
        (PROVIDER, "POST", "/updateAmount"),
        (PROVIDER, "POST", "/refund"),
        (PROVIDER, "POST", "/scripts"),
        (PROVIDER, "GET", "/payments/{token}"),
        (PROVIDER, "GET", "/payments"),
        (PROVIDER, "POST", "/payments"),
    }
)


def u1_routes_refuse_strangers(world: "World") -> Iterator[Violation]:
    """Asks each route that is not open, with an empty body. A listed route that does not exist is reported too."""
    found = sorted(
        ((api, route.method, route.template) for api in world.blueprint.apis.values() for route in api.routes),
        key=lambda each: (each[0].service, *each[1:]),
    )
    for service, method, template in sorted(OPEN - {(api.service, *route) for api, *route in found}):
        yield Violation("U1", f"{service} has no open route {method} {template}")
    closed = [each for each in found if (each[0].service, *each[1:]) not in OPEN]
    asked = [
        (each, world.background(f"a stranger asks {each[0].service} {each[1]} {each[2]}", partial(_ask, world, *each)))
        for each in closed
    ]
    world.run()
    for (api, method, template), task in asked:
        if task.done.value not in REFUSED:
            why = f"{api.service} answered {task.done.value} to {method} {template} of a stranger"
            yield Violation("U1", why)


def _ask(world: "World", api: "Api", method: str, template: str) -> int:
    """The status of the answer to a request without credentials; 0 without an answer."""
    url = f"https://{api.id}.execute-api/prod{template.replace('{', '').replace('}', '')}"
    try:
        answer = world.http_request(method, url, body=b"{}", headers={"Content-Type": "application/json"})
    except urllib3.exceptions.HTTPError:
        return 0
    return int(answer.status)
