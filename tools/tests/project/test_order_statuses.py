"""Each service that depends on the status of an order knows every status.

Orders defines the statuses. A status that reconciliation does not know would make every such order a finding.
"""

import json
import re

import graphql

from notifications_service.domain import MAIL_OF_STATUS
from orders_service.domain import PAYMENT_TRANSITIONS, TRANSITIONS, PaymentStatus, Status
from reconciliation_service import snapshots
from reconciliation_service.rules import ENDED_BY
from tools import ROOT

# Status -> why its shopper gets no mail.
WITHOUT_MAIL = {Status.NEW: "OrderCreated sends the mail of a new order"}


def words(text: str) -> set[str]:
    return set(re.findall(r"[A-Z][A-Z_]+", text))


def order_field(name: str) -> str:
    """The description of a field of an order in the GraphQL schema."""
    document = graphql.parse((ROOT / "frontend-api" / "schema.graphql").read_text())
    (order,) = (
        node
        for node in document.definitions
        if isinstance(node, graphql.ObjectTypeDefinitionNode) and node.name.value == "Order"
    )
    (field,) = (each for each in order.fields if each.name.value == name)
    assert field.description is not None
    return field.description.value


def test_reconciliation_knows_each_status_once() -> None:
    groups = (snapshots.UNDER_WAY, snapshots.ENDED_WELL, snapshots.ENDED_BADLY)
    assert sorted(status for group in groups for status in group) == sorted(Status), (
        "add the status to one of UNDER_WAY, ENDED_WELL and ENDED_BADLY in reconciliation's snapshots.py"
    )


def test_each_bad_end_has_its_event() -> None:
    assert set(ENDED_BY) == snapshots.ENDED_BADLY, "ENDED_BY in reconciliation's rules.py names the event of each"


def test_a_status_under_way_has_a_transition_and_the_others_have_none() -> None:
    assert {status for status, following in TRANSITIONS.items() if following} == snapshots.UNDER_WAY, (
        "an end leads to no other status, and every other status to one (docs/where_to_change.md)"
    )


def test_each_status_has_a_mail_or_a_reason_for_none() -> None:
    assert set(MAIL_OF_STATUS) | set(WITHOUT_MAIL) == set(Status), "add it to MAIL_OF_STATUS, or to WITHOUT_MAIL here"
    assert set(MAIL_OF_STATUS) & set(WITHOUT_MAIL) == set(), "these have a mail: remove them from WITHOUT_MAIL"


def test_a_status_that_follows_another_also_follows_all_before_it() -> None:
    """Events overtake each other: the second of two events must be accepted before the first."""
    for table in (TRANSITIONS, PAYMENT_TRANSITIONS):
        for status, following in table.items():
            for after in following:
                assert table[after] <= following, f"{status} leads to {after}: it needs the statuses after {after}, too"


def test_the_contracts_describe_each_status() -> None:
    common = json.loads((ROOT / "shared" / "schemas" / "common.json").read_text())
    described = common["definitions"]["Order"]["properties"]
    for name, statuses in (("status", Status), ("paymentStatus", PaymentStatus)):
        assert words(order_field(name)) == set(statuses), f"schema.graphql: Order.{name}"
        assert words(described[name]["description"]) == set(statuses), f"common.json: Order.{name}"
