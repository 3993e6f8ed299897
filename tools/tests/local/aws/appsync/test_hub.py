"""Who gets a change when subscribers end meanwhile."""

from types import SimpleNamespace
from typing import Any

from tools.local.aws.appsync.changes import Change
from tools.local.aws.appsync.realtime.hub import Hub, Subscription
from tools.local.aws.appsync.schema import compile_schema

SCHEMA = """
type Query { orders: ID }
type Mutation { move: ID }
type Subscription { moved: ID @aws_subscribe(mutations: ["move"]) }
"""


def subscription(identity: str) -> Subscription:
    its: Any = None
    schema = compile_schema(SCHEMA)
    return Subscription(identity, "api", "moved", {}, its, schema, its, its, {}, lambda _: None)


def test_a_subscription_that_ends_while_others_get_a_change_does_not_get_it() -> None:
    api: Any = SimpleNamespace(api_id="api", schema=SCHEMA)
    cloud: Any = None  # sending needs it, choosing the subscribers does not
    hub = Hub(cloud)
    first, second, third = (subscription(each) for each in "123")
    for each in (first, second, third):
        hub.add(each)
    listeners = hub._listeners(api, Change("move", {}))
    assert next(listeners) is first
    hub.remove(second)
    assert list(listeners) == [third]
