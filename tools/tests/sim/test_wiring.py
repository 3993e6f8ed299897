"""Settings of templates that a run may not need: each change of the real blueprint breaks a promise."""

from collections.abc import Callable
from dataclasses import replace
from types import SimpleNamespace
from typing import Any

import pytest

from tools.sim.appsync import GraphQL
from tools.sim.invariants import graphql_fields, refusals, wiring
from tools.sim.rights import API_GATEWAY, Rights
from tools.sim.templates.blueprint import Blueprint, Role
from tools.sim.templates.reading import blueprint

CHECKS = (
    wiring.e1_rules_take_what_the_contracts_name,
    wiring.e4_nothing_can_be_dropped,
    wiring.e4_steps_try_again,
    wiring.functions_may_send_dead_letters,
    wiring.routes_may_invoke_their_functions,
    refusals.u1_foreigners_are_refused,
    refusals.u1_roles_reach_the_platform_only,
    graphql_fields.a1_fields_have_resolvers,
    graphql_fields.a1_answers_are_whole,
)
Change = Callable[[Blueprint], None]


@pytest.fixture(scope="module")
def platform() -> Blueprint:
    return blueprint()


def found(made: Blueprint) -> list[str]:
    functions = {**made.functions, **{f"{arn}:live": function for arn, function in made.functions.items()}}
    sources = {source.source_arn: source for source in made.sources}
    world: Any = SimpleNamespace(
        blueprint=made,
        functions=SimpleNamespace(of=functions.__getitem__),
        queues={arn: SimpleNamespace(queue=queue, source=sources.get(arn)) for arn, queue in made.queues.items()},
        rights=Rights(made),
        parameters={"platform/event-bus/name": "ecommerce-dev"},
    )
    world.graphql = GraphQL(world)
    return [str(violation) for check in CHECKS for violation in check(world)]


def copy(made: Blueprint) -> Blueprint:
    """Another blueprint, in which a test may replace what it likes."""
    parts: dict[str, Any] = {
        name: type(part)(part) if isinstance(part, dict | list | set) else part for name, part in vars(made).items()
    }
    return Blueprint(**parts)


def pattern(rule: str, old: str, new: str) -> Change:
    def change(made: Blueprint) -> None:
        (place,) = (place for place, each in enumerate(made.rules) if each.arn.endswith(rule))
        assert old in made.rules[place].pattern
        made.rules[place] = replace(made.rules[place], pattern=made.rules[place].pattern.replace(old, new))

    return change


def target(rule: str, **changed: Any) -> Change:
    def change(made: Blueprint) -> None:
        (place,) = (place for place, each in enumerate(made.rules) if each.arn.endswith(rule))
        targets = tuple({**each, **changed} for each in made.rules[place].targets)
        made.rules[place] = replace(made.rules[place], targets=targets)

    return change


def source(name: str, **changed: Any) -> Change:
    def change(made: Blueprint) -> None:
        place = next(place for place, each in enumerate(made.sources) if name in each.id)
        made.sources[place] = replace(made.sources[place], **changed)

    return change


def queue(name: str, **changed: Any) -> Change:
    def change(made: Blueprint) -> None:
        ((arn, each),) = [(arn, each) for arn, each in made.queues.items() if each.name.endswith(name)]
        made.queues[arn] = replace(each, **changed)

    return change


def function(name: str, **changed: Any) -> Change:
    def change(made: Blueprint) -> None:
        ((arn, each),) = [(arn, each) for arn, each in made.functions.items() if each.name.endswith(name)]
        made.functions[arn] = replace(each, **changed)

    return change


def buckets_are_silent(made: Blueprint) -> None:
    made.buckets.update(dict.fromkeys(made.buckets, False))


def a_permission_is_gone(made: Blueprint) -> None:
    made.grants.remove(next(each for each in made.grants if "rest-release" in each[0] and each[1] == API_GATEWAY))


def queue_without_condition(made: Blueprint) -> None:
    ((arn, each),) = [(arn, each) for arn, each in made.queues.items() if each.name.endswith("orders-EventQueue")]
    (policy,) = each.policies
    open_to_all = [{**statement, "Condition": {}} for statement in policy["Statement"]]
    made.queues[arn] = replace(each, policies=({**policy, "Statement": open_to_all},))


def may(name: str, action: str, **condition: Any) -> Change:
    statement = {"Effect": "Allow", "Action": action, "Resource": "*", **condition}
    role = Role(f"arn:aws:iam::000000000000:role/{name}", ({"Version": "2012-10-17", "Statement": [statement]},))
    return function(name, role=role)


def schema(old: str, new: str) -> Change:
    def change(made: Blueprint) -> None:
        assert made.schema.count(old) == 1
        made.schema = made.schema.replace(old, new)

    return change


def machine(old: str, new: str) -> Change:
    def change(made: Blueprint) -> None:
        (each,) = made.state_machines
        assert old in each.definition
        made.state_machines = [replace(each, definition=each.definition.replace(old, new))]

    return change


def search_by_catalogue(made: Blueprint) -> None:
    del made.left_out_fields["searchProducts"]


def no_change_is_passed_on(made: Blueprint) -> None:
    made.local_fields.remove("publishOrderChange")


def carts_are_not_merged(made: Blueprint) -> None:
    del made.resolvers["mergeCart"]


def test_the_platform_breaks_nothing(platform: Blueprint) -> None:
    assert found(platform) == []


NO_RIGHTS = Role("arn:aws:iam::000000000000:role/none", ())


@pytest.mark.parametrize(
    ("change", "promise", "words"),
    [
        (pattern("payment-OrderTotalRule", '"total", ', ""), "E1", "no rule of payment takes OrderModified"),
        (
            pattern("products-on-picture-event", ', "PictureDeleted"', ""),
            "E1",
            "no rule of products takes PictureDeleted",
        ),
        (target("delivery-PackageCreatedRule", DeadLetterConfig=None), "E4", "has no dead-letter queue"),
        (target("delivery-PackageCreatedRule", RetryPolicy={"MaximumRetryAttempts": 0}), "E4", "for a day"),
        (source("cart-", partial=False), "E4", "has no ReportBatchItemFailures"),
        (source("warehouse-OnTableChange", bisect=False), "E4", "does not isolate a record"),
        (source("warehouse-OnTableChange", retries=0), "E4", "does not isolate a record"),
        (source("warehouse-OnTableChange", on_failure=""), "E4", "has no destination"),
        (queue("cart-EventQueue", visibility=10.0), "E4", "visible while"),
        (queue("cart-EventQueue", max_receive_count=2), "E4", "too early"),
        (queue("cart-EventQueue", dead_letters=""), "E4", "has no dead-letter queue"),
        (function("frontend-api-on-stock-event", on_failure=""), "E4", "has no destination"),
        (function("frontend-api-on-stock-event", retries=0), "E4", "only once"),
        (function("warehouse-on-table-change", role=NO_RIGHTS), "E4", "may not write to its bucket"),
        (function("orders-on-fulfilment-event", role=NO_RIGHTS), "RIGHTS", "may not send to its dead-letter queue"),
        (function("warehouse-on-order-event", role=NO_RIGHTS), "RIGHTS", "may not put a message"),
        (buckets_are_silent, "E4", "becomes no dead letter"),
        (a_permission_is_gone, "RIGHTS", "warehouse POST /backend/release"),
        (machine('"MaxAttempts": 3000', '"MaxAttempts": 12'), "E4", "is tried for"),
        (queue_without_condition, "U1", "takes messages of a rule of another account"),
        (may("orders-on-table-change", "events:PutEvents"), "U1", "in the name of any service"),
        (may("orders-rest-get-order", "dynamodb:Scan"), "U1", "may dynamodb:Scan"),
        (may("notifications-on-order-event", "ses:SendEmail"), "U1", "from any address"),
        (
            schema("type Shipment @aws_cognito_user_pools @aws_iam", "type Shipment @aws_cognito_user_pools"),
            "E1",
            "Shipment",
        ),
        (
            schema("type Package @aws_api_key @aws", "type Package @aws"),
            "A1",
            "Query.getProducts is open to the caller api",
        ),
        (search_by_catalogue, "A1", "searchProducts"),
        (no_change_is_passed_on, "E1", "publishOrderChange"),
        (carts_are_not_merged, "A1", "Mutation.mergeCart has no resolver"),
    ],
)
def test_a_change_of_a_template_breaks_a_promise(platform: Blueprint, change: Change, promise: str, words: str) -> None:
    changed = copy(platform)
    change(changed)
    assert any(each.startswith(promise) and words in each for each in found(changed)), found(changed)
