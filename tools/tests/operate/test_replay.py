"""`make replay`: periods, rules by name, confirmation, and the patterns that choose the events of an order."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from ecom import inbox
from notifications_service import domain
from tools import ROOT
from tools.operate.bus.naming import is_temporary, made_at, new_name
from tools.operate.bus.rules import Rule, chosen
from tools.operate.replay import __main__ as command
from tools.operate.replay.period import period_of
from tools.operate.replay.planning import Part, patterns_of
from tools.project.environments import Environment
from tools.project.problems import Problem, WrongUse
from tools.project.services import read_template

NOW = datetime(2026, 11, 29, 12, 30, 15, 400_000, UTC)
PREFIX = "ecommerce-prod-"
SERVICES = ("delivery", "delivery-pricing", "orders")


def rule(name: str, **pattern: Any) -> Rule:
    arn = f"arn:aws:events:eu-west-1:1:rule/ecommerce-prod/{name}"
    targets = [{"Id": "queue", "Arn": "arn:aws:sqs:eu-west-1:1:ecommerce-prod-orders-EventQueue-1A2B3C4D5E6F"}]
    return Rule(name, arn, pattern, targets)


RULES = [
    rule("ecommerce-prod-delivery-PackageCreatedRule-1A2B3C4D5E6F"),
    rule("ecommerce-prod-delivery-pricing-PricesRule-AbCdEf123456"),
    rule("ecommerce-prod-orders-DeliveryRule-1A2B3C4D5E6F"),
    rule("ecommerce-prod-orders-PaymentRule-1A2B3C4D5E6F"),
]


@pytest.mark.parametrize(
    ("start", "end", "expected"),
    [
        ("2h", "", ("10:30:15", "12:30:16")),
        ("10:00", "11:00", ("10:00:00", "11:00:00")),
        ("9:05", "now", ("09:05:00", "12:30:16")),
        ("2026-11-29T10:00", "10m", ("10:00:00", "12:20:15")),
        ("2026-11-29T11:00+01:00", "2026-11-29T10:00:01Z", ("10:00:00", "10:00:01")),
        ("10:00", "23:00", ("10:00:00", "12:30:16")),
    ],
)
def test_a_period(start: str, end: str, expected: tuple[str, str]) -> None:
    period = period_of(start, end, NOW)
    assert (f"{period.start:%H:%M:%S}", f"{period.end:%H:%M:%S}") == expected


@pytest.mark.parametrize(
    ("start", "end", "text"),
    [
        ("yesterday", "", "FROM=yesterday is not a time"),
        ("1h", "x", "TO=x is not"),
        ("1h", "2h", "FROM=1h is not before"),
        ("999999d", "", "FROM=999999d is not a time"),
        ("0001-01-01T00:00+23:59", "", "is not a time"),
        ("99:99", "", "FROM=99:99 is not a time"),
    ],
)
def test_a_period_that_is_none(start: str, end: str, text: str) -> None:
    with pytest.raises(WrongUse, match=text):
        period_of(start, end, NOW)


@pytest.mark.parametrize(
    ("wanted", "names"),
    [
        ("orders", ["orders-DeliveryRule", "orders-PaymentRule"]),
        ("delivery", ["delivery-PackageCreatedRule"]),
        ("delivery-pricing", ["delivery-pricing-PricesRule"]),
        ("orders-DeliveryRule", ["orders-DeliveryRule"]),
        ("orders-pay", ["orders-PaymentRule"]),
        ("ecommerce-prod-orders-PaymentRule-1A2B3C4D5E6F", ["orders-PaymentRule"]),
        (RULES[0].arn, ["delivery-PackageCreatedRule"]),
    ],
)
def test_rules_by_name(wanted: str, names: list[str]) -> None:
    assert [each.short(PREFIX) for each in chosen(RULES, wanted, PREFIX, SERVICES)] == names


@pytest.mark.parametrize(
    ("wanted", "text"),
    [("orders-", "orders- fits 2 rules; they are orders-DeliveryRule, orders-PaymentRule"), ("x", "x fits 0 rules")],
)
def test_a_name_that_fits_several_rules_or_none(wanted: str, text: str) -> None:
    with pytest.raises(WrongUse, match=text):
        chosen(RULES, wanted, PREFIX, SERVICES)


def test_a_service_without_rules() -> None:
    with pytest.raises(WrongUse, match="orders has no rule on the bus"):
        chosen(RULES[:2], "orders", PREFIX, SERVICES)


@pytest.mark.parametrize(
    ("environment", "confirm", "is_sure"),
    [
        ("local", "1", True), ("dev", "dev", True), ("dev", "", False), ("dev", "prod", False),
        ("prod", "1", False), ("prod", "prod", True), ("prod", "", False),
    ],
)  # fmt: skip
def test_the_confirmation(environment: str, confirm: str, is_sure: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(command, "says_yes", lambda _: False)
    place = Environment(environment, "aws", "eu-west-1")
    assert command.is_confirmed(place, 1, sure=False, environ={"CONFIRM": confirm}) is is_sure


@pytest.mark.parametrize(("environment", "is_sure"), [("local", True), ("dev", True), ("prod", False)])
def test_not_to_be_asked_is_no_confirmation_for_prod(
    environment: str, is_sure: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(command, "says_yes", lambda _: False)
    place = Environment(environment, "aws", "eu-west-1")
    assert command.is_confirmed(place, 1, sure=True, environ={}) is is_sure


def test_an_empty_order_is_not_every_order(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        command.main(["--rule", "orders", "--from", "1h", "--order", "", "--yes"])
    assert ended.value.code == 2
    assert "ORDER= is empty" in capsys.readouterr().err


def test_the_patterns_match_only_events_of_this_replay() -> None:
    pattern = {"source": ["s"], "detail": {"changed": ["total"]}}
    assert patterns_of(rule("r", **pattern), "replay", "") == [{**pattern, "replay-name": ["replay"]}]
    by_resource, by_detail = patterns_of(rule("r", **pattern), "replay", "order-1")
    assert by_resource == {**pattern, "replay-name": ["replay"], "resources": ["order-1"]}
    assert by_detail["detail"] == {"changed": ["total"], "orderId": ["order-1"]}


def test_a_rule_that_chooses_by_order_itself_is_refused() -> None:
    with pytest.raises(Problem, match="replay without ORDER="):
        patterns_of(rule("r", resources=["x"]), "replay", "order-1")


def test_the_lines_count_by_rule_and_type() -> None:
    parts = [Part(RULES[2], {"B": 2, "A": 10}, "2026-11-29T10:00:00Z", "2026-11-29T11:00:00Z", [])]
    lines = command.lines_of(parts, period_of("2h", "", NOW), PREFIX, "")
    assert lines == [
        "12 archived events, 2026-11-29 10:30:15 to 2026-11-29 12:30:16 UTC",
        "- orders-DeliveryRule -> orders-EventQueue: 12, 2026-11-29T10:00:00Z to 2026-11-29T11:00:00Z",
        "      10 A",
        "       2 B",
    ]


def test_temporary_names_say_when_they_were_made() -> None:
    for name in (new_name("tail", "prod", NOW), f"{new_name('replay', 'a-very-long-environment-name', NOW)}-21"):
        assert is_temporary(name)
        assert made_at(name) == NOW.replace(microsecond=0)
        assert len(name) <= 64  # of a rule
    assert not is_temporary(RULES[0].name)
    assert made_at("operator-something") is None


def test_consumers_remember_longer_than_the_archive() -> None:
    """An archived event may be replayed on the archive's last day, and must not have its effect a second time."""
    template = read_template(ROOT / "platform" / "template.yaml")
    archived = timedelta(days=template["Parameters"]["ArchiveDays"]["Default"])
    assert archived < min(inbox.KEEP, domain.KEEP)
