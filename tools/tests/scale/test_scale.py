"""The model's arithmetic, its data, and the page that it generates."""

import json
import re
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest

from ecom.observability import FAILED_ANSWERS, RETRIED_AGE
from tools import ROOT
from tools.bench._by_service import by_service as split_by_service
from tools.bench._measured import MEASURED as PLACE
from tools.bench._measured import Measured
from tools.project import observability
from tools.project.problems import Problem
from tools.project.services import discover, of_platform
from tools.scale import cost, metrics, prices
from tools.scale import observability as scale_observability
from tools.scale.__main__ import main as scale
from tools.scale.consumers import own_limits, parameters, seconds_used
from tools.scale.limits import SECONDS, assumptions, limits
from tools.scale.model import METRIC, POLLED, at_rest, bounds, by_service, counts, monthly, traced
from tools.scale.page import BEGIN, END, PAGE, PER_ORDER, page, tables

CALLS = {
    ("orders-graphql-create-order", "dynamodb", "PutItem", "write units"): 3.0,
    ("payment-3p-rest-check", "dynamodb", "PutItem", "write units"): 50.0,
    ("payment-on-order-event", "dynamodb", "PutItem", "write units"): 2.0,
    ("orders-on-table-change", "events", "PutEvents", "requests"): 4.0,
    ("notifications-on-order-event", "ses", "SendEmail", "requests"): 4.0,
    ("notifications-on-order-event", "cognitoidentityproviderservice", "AdminGetUser", "requests"): 2.0,
}
UNITS = {
    "AppSync operations": 5.0,
    "DynamoDB read units": 8.0,
    "DynamoDB write units": 40.0,
    "EventBridge deliveries": 20.0,
    "EventBridge events": 9.0,
    "Lambda GB-seconds": 1.0,
    "Lambda requests": 30.0,
    "Lambda seconds": 4.0,
    "REST requests": 5.0,
    "log bytes": 1000.0,
}
MAILS = {
    "DynamoDB read units": 0.0,
    "DynamoDB write units": 8.0,
    "EventBridge deliveries": 4.0,
    "Lambda GB-seconds": 1.0,
    "Lambda requests": 4.0,
    "Lambda seconds": 4.0,
    "log bytes": 0.0,
}
SPLIT = {
    "orders": {
        "Lambda requests": 30.0,
        "Lambda seconds": 4.0,
        "Lambda GB-seconds": 1.0,
        "EventBridge deliveries": 20.0,
    },
    "notifications": {"Lambda requests": 4.0, "Lambda seconds": 4.0, "Lambda GB-seconds": 1.0, "SES mails": 4.0},
    "frontend-api": {"AppSync operations": 5.0, "EventBridge deliveries": 4.0},
}
MEASURED = Measured.of(UNITS, MAILS, CALLS, "2026-11-28", {})
BY_SERVICE = Measured.of(UNITS, MAILS, CALLS, "2026-11-28", SPLIT)


def test_the_counts_in_the_checkout_have_the_form_that_the_bench_writes() -> None:
    known = Measured.read(PER_ORDER)
    assert known.units.keys() == MEASURED.units.keys()
    assert known.mails.keys() == MEASURED.mails.keys()
    assert known.written_by_service.keys() <= set(discover())
    assert known.by_service.keys() <= set(discover())
    assert all(amount >= 0 for part in (known.units, known.mails, known.written_by_service) for amount in part.values())
    date.fromisoformat(known.date)


def test_measured_counts_are_added_by_service() -> None:
    assert MEASURED.written_by_service == {"orders": 3.0, "payment": 2.0, "payment-3p": 50.0}
    assert MEASURED.mails["SES mails"] == 4
    assert MEASURED.mails["Cognito AdminGetUser"] == 2
    assert MEASURED.units["EventBridge PutEvents"] == 4


def test_what_is_read_is_what_was_written(tmp_path_factory: pytest.TempPathFactory) -> None:
    path = tmp_path_factory.mktemp("bench") / "folder" / "journey.json"
    MEASURED.write(path)
    assert Measured.read(path) == MEASURED


def test_a_limit_is_met_at_its_value_divided_by_what_an_order_uses() -> None:
    found = {bound.limit.name: bound.rate for bound in bounds(counts(MEASURED), limits(), "eu-west-1")}
    assert found["EventBridge invocations of targets"] == 18750 / 24
    assert found["Cognito UserRead requests (AdminGetUser)"] == 120 / 2
    assert found["SES sandbox, mails a day"] == 200 / 86400 / 4
    assert found["Lambda concurrency"] == pytest.approx(1000 / (34 * 0.1))
    assert list(found.values()) == sorted(found.values())


def test_regions_differ() -> None:
    ireland, frankfurt = (
        {bound.limit.name: bound.rate for bound in bounds(counts(MEASURED), limits(), region)}
        for region in ("eu-west-1", "eu-central-1")
    )
    assert ireland["EventBridge PutEvents"] > frankfurt["EventBridge PutEvents"]
    assert ireland["API Gateway requests"] == frankfurt["API Gateway requests"]


def test_durations_of_the_local_cloud_do_not_count() -> None:
    """Only the memory of the functions does: GB-seconds divided by seconds."""
    slow = replace(
        MEASURED,
        units={**UNITS, "Lambda seconds": 40.0, "Lambda GB-seconds": 10.0},
        mails={**MEASURED.mails, "Lambda seconds": 40.0, "Lambda GB-seconds": 10.0},
    )
    assert counts(slow)["Lambda GB-seconds"] == pytest.approx(counts(MEASURED)["Lambda GB-seconds"])


def test_a_month_costs_what_its_orders_cost() -> None:
    used = counts(MEASURED)
    one, many = monthly(used, 1), monthly(used, 1000)
    assert one["SES"] == pytest.approx(4 * 100 / 1e6 * 2_592_000)
    assert {name: cost * 1000 for name, cost in one.items()} == pytest.approx(many)


def test_prices_by_service() -> None:
    assert prices.of({"DynamoDB write units": 1e6, "DynamoDB read units": 1e6}) == {"DynamoDB": pytest.approx(0.75)}
    assert prices.of({"log bytes": 1e9}) == {"CloudWatch": pytest.approx(0.5)}
    assert prices.of({"EventBridge deliveries": 1e6}) == {}


def test_what_exists_without_orders_is_counted_in_the_templates() -> None:
    found = at_rest(of_platform().values())
    nested = sum("DeadLetters" in service.template["Resources"] for service in of_platform().values())
    assert found["AWS::CloudWatch::Alarm"][0] > nested
    assert found["AWS::KMS::Key"] == (2, 2.0)
    assert found["AWS::WAFv2::WebACL"] == (2, 13.0)
    assert found[POLLED][0] >= 4


def test_every_metric_that_code_counts_is_in_the_table_of_observability() -> None:
    table = PAGE.read_text().partition("### Of which observability\n")[2].partition("\n### ")[0]
    sources = [
        path.read_text() for service in of_platform().values() for path in (service.folder / "src").rglob("*.py")
    ]
    names = {
        name
        for text in sources
        for name in re.findall(r"""\b(?:count|BusinessMetric|amount)\(\s*"([A-Z]\w+)\"""", text)
    }
    assert {"Findings", "ReconciliationIncomplete", "OldestPassMinutes", "OrdersCreated", "NoRecipient"} <= names
    for name in {*names, "OrdersFailed", "DeliveriesCompleted", FAILED_ANSWERS, RETRIED_AGE}:
        assert f"`{name}`" in table, name


def test_the_metrics_of_charts_and_alarms_are_metrics_that_code_counts() -> None:
    """A misspelt one would have no values, and no cost."""
    services = list(of_platform().values())
    known = {metric for group in metrics.of_code(services).values() for metric in group}
    for service in services:
        description = observability.read(service.folder)
        if description and not description.watches_all:
            shown = {name for chart in description.charts for name in chart.metrics}
            shown |= {alarm.metric for alarm in description.alarms if not alarm.function}
            assert {(service.name, name) for name in shown} <= known


def test_metrics_are_paid_for_when_they_have_values() -> None:
    found = metrics.of_code(of_platform().values())
    assert {name for _, name in found[metrics.EVERY_HOUR]} == {
        "Findings", "MoneyFindings", "OldestPassMinutes", "ReconciliationIncomplete", "StuckFindings",
    }  # fmt: skip
    assert ("orders", "OrdersCancelled") in found[metrics.BUSINESS]
    assert ("payment", "CircuitOpened") in found[metrics.SOMETIMES]
    count, dollars = at_rest(of_platform().values())[METRIC]
    assert count == 5
    assert dollars == pytest.approx(1.5)


def test_a_metric_whose_name_cannot_be_read_is_refused(tmp_path: Path) -> None:
    (tmp_path / "src").mkdir()
    (tmp_path / "src" / "business_metrics.py").write_text('def of(name):\n    return BusinessMetric("Orders" + name)\n')
    with pytest.raises(Problem, match="line 2"):
        metrics.of_code([replace(of_platform()["orders"], folder=tmp_path)])


def test_traces_are_a_part_of_what_observability_costs() -> None:
    found = scale_observability.monthly(of_platform().values(), traces=32)
    (row,) = (row for what, row in found.items() if "X-Ray" in what)
    assert row[0] == 960_000
    assert row[1] == pytest.approx(4.8)
    with_traces = scale_observability.for_1000_orders(80, 0, 32)
    without = scale_observability.for_1000_orders(80, 0, 0)
    assert with_traces[0.1] - without[0.1] > 0.05


def test_the_price_of_a_firewall_is_that_of_its_rules() -> None:
    acls = [
        resource
        for service in of_platform().values()
        for resource in service.template["Resources"].values()
        if resource["Type"] == "AWS::WAFv2::WebACL"
    ]
    assert [len(acl["Properties"]["Rules"]) for acl in acls] == [2, 1]
    assert prices.PER_MONTH["AWS::WAFv2::WebACL"] == 5.0 + 1.0
    assert prices.PER_MONTH["further rule of a firewall"] == 1.0


def test_the_queues_of_an_orders_consumers_are_limits_too() -> None:
    """Each at the default of its parameter in the template."""
    known = Measured.read(PER_ORDER)
    used = {**counts(known), **seconds_used(known)}
    found = {bound.limit.name: bound for bound in bounds(used, [*limits(), *own_limits(used)], "eu-west-1")}
    expected = {
        "MailSenders of notifications": (2, 4 * 0.2),
        "EventConcurrency of cart": (10, 0.1),
        "EventConcurrency of delivery": (50, 1 * 0.1),
        "EventConcurrency of orders": (50, 4 * 0.1),
        "EventConcurrency of payment": (50, 3 * 0.1),
        "EventConcurrency of warehouse": (50, 1 * 0.1),
    }
    ours = {bound.limit.name: bound for bound in found.values() if "our own" in bound.limit.note}
    assert ours.keys() == expected.keys()
    for name, (value, amount) in expected.items():
        assert ours[name].limit.of("eu-west-1") == value, name
        assert ours[name].amount == pytest.approx(amount), name
    assert found["MailSenders of notifications"].rate == pytest.approx(2.5)
    assert found["MailSenders of notifications"].rate < found["SES, mails a second after the sandbox"].rate
    assert "MailSenders" in found["SES, mails a second after the sandbox"].limit.remedy


def test_every_queue_of_a_service_that_an_order_sends_messages_to_is_counted() -> None:
    """A new consumer of orders appears in the table when the bench has counted its messages."""
    counted = Measured.read(PER_ORDER).by_service
    queues = {name for name, service in of_platform().items() if list(parameters(service))}
    receivers = {name for name, units in counted.items() if units.get("EventBridge deliveries")}
    used = seconds_used(Measured.read(PER_ORDER))
    limited = {limit.name.rpartition(" ")[2] for limit in own_limits(used)}
    assert limited == queues & (receivers | {"cart"})
    assert queues - limited == {"pictures", "search", "users"}  # nothing of an order reaches them


def test_an_unknown_region_is_refused(capsys: pytest.CaptureFixture[str]) -> None:
    assert scale(["--region", "eu-nowhere-1"]) == 2
    (line,) = capsys.readouterr().err.splitlines()
    assert line == "make scale: the SDK knows no AWS Region eu-nowhere-1; eu-west-1 is one"


def test_a_hot_product_has_the_items_of_the_template() -> None:
    template = of_platform()["warehouse"].template
    assert assumptions()["items of a hot product's stock"]["value"] == template["Parameters"]["StockShards"]["Default"]
    used = counts(MEASURED)
    assert used["write units of an item of a hot product, assumed"] == pytest.approx(0.5)


def test_every_limit_has_a_source_or_says_why_not() -> None:
    for limit in limits():
        assert limit.source.startswith("https://docs.aws.amazon.com/") or "publishes no figure" in limit.note, (
            limit.name
        )
        date.fromisoformat(limit.date)
        assert limit.unit in SECONDS
        assert limit.remedy
        assert set(limit.uses) <= counts(MEASURED).keys()
        assert limit.quota is None or limit.quota.keys() == {"service", "code"}
    names = [limit.name for limit in limits()]
    assert len(set(names)) == len(names)


def test_the_page_has_the_tables_of_the_model() -> None:
    """When this fails: `python -m tools.scale --write`."""
    text = PAGE.read_text()
    assert page(text, Measured.read(PER_ORDER)) == text


def test_a_page_without_its_marks_is_refused() -> None:
    with pytest.raises(Problem, match=r"docs/scale\.md: the lines .* are missing"):
        page(PAGE.read_text().replace(BEGIN, "").replace(END, ""), MEASURED)


def test_other_counts_are_another_page() -> None:
    assert tables(MEASURED) != tables(Measured.read(PER_ORDER))


def test_the_bench_writes_into_the_build_folder_in_the_form_of_the_checkout() -> None:
    assert PLACE.is_relative_to(ROOT / "build")
    assert json.loads(PER_ORDER.read_text()).keys() == {
        "date",
        "units",
        "mails",
        "written_by_service",
        "by_service",
    }


def test_the_counts_by_service_add_up_to_the_counts_of_the_checkout() -> None:
    known = Measured.read(PER_ORDER)
    for name in ("Lambda requests", "DynamoDB write units", "EventBridge events", "REST requests", "SES mails"):
        whole = known.units.get(name, 0.0) + known.mails.get(name, 0.0)
        assert sum(units.get(name, 0.0) for units in known.by_service.values()) == pytest.approx(whole), name


def test_what_an_order_uses_belongs_to_the_service_that_pays_it() -> None:
    calls = {
        ("payment-on-order-event", "dynamodb", "PutItem", "write units"): 2.0,
        ("payment-OrderRule-1A2B3C4D5E6F", "events", "delivery", "requests"): 1.0,
        ("orders-graphql-create-order", "apigateway", "POST backend/reserve", "requests"): 1.0,
        ("notifications-on-order-event", "ses", "SendEmail", "requests"): 4.0,
    }
    events = [{"source": "ecommerce.orders", "detail": {}}] * 20
    found = split_by_service({"payment-on-order-event": {"Lambda requests": 3.0}}, calls, events, 10, 5.0)
    assert found["payment"] == {"DynamoDB write units": 2.0, "EventBridge deliveries": 1.0, "Lambda requests": 3.0}
    assert found["warehouse"] == {"REST requests": 1.0}
    assert found["orders"]["EventBridge events"] == 2.0
    assert found["orders"]["archived bytes"] > 50
    assert (found["notifications"], found["frontend-api"]) == ({"SES mails": 4.0}, {"AppSync operations": 5.0})


def test_messages_cost_three_requests_where_lambda_polls_a_queue() -> None:
    found = by_service(BY_SERVICE)
    assert found["orders"]["SQS requests"] == 60
    assert found["frontend-api"]["SQS requests"] == 0  # its rule invokes a function
    assert found["frontend-api"]["WAF requests"] == 5


def test_the_services_cost_what_all_orders_cost() -> None:
    services = cost.thousand_orders(BY_SERVICE)
    assert services["notifications"]["SES"] == pytest.approx(4 * 0.1)
    assert services["orders"]["Lambda"] == pytest.approx(1000 * (30 * 0.2 + 30 * 0.1 * 0.25 * 13.3334) / 1e6)
    known = Measured.read(PER_ORDER)
    services = cost.thousand_orders(known)
    total = sum(sum(of.values()) for of in services.values())
    assert total == pytest.approx(1000 * sum(prices.of(counts(known)).values()), rel=0.001)


def test_x_ray_records_one_request_a_second_and_a_share_of_the_others() -> None:
    month = 2_592_000
    assert traced(1000) == 1000
    assert traced(month) == month
    assert traced(3 * month) == pytest.approx(1.1 * month)


def test_an_idle_month_has_what_exists_without_orders() -> None:
    idle = cost.idle()
    assert idle["WAF"] == 13.0
    assert idle["CloudWatch"] > 3.0  # ten metrics, and alarms
    assert sum(cost.month(BY_SERVICE, 0).values()) == 0


def test_the_text_has_every_service_and_each_rate(capsys: pytest.CaptureFixture[str]) -> None:
    assert cost.main([]) == 0
    out = capsys.readouterr().out
    known = Measured.read(PER_ORDER)
    assert [name for name in known.by_service if f"\n{name} " not in out] == []
    assert "idle  10 a day  1,000 a day  100,000 a day\n" in out
    assert f"list prices of us-east-1 of {prices.DATE}; counted on the local cloud on {known.date}" in out


def test_the_json_has_the_same_sums(capsys: pytest.CaptureFixture[str]) -> None:
    assert cost.main(["--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert found["months"].keys() == {"10", "1000", "100000"}
    assert found["idleMonth"] == pytest.approx(cost.idle())


def test_every_price_has_its_source_and_a_date() -> None:
    date.fromisoformat(prices.DATE)
    for row in (*prices.TABLE["used"], *prices.TABLE["month"]):
        assert row["source"].startswith("https://aws.amazon.com/"), row
        assert row["dollars"] > 0
