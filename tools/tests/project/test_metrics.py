"""Metrics are counted by environment and service, whose names functions get from their templates."""

import re

import pytest

from tools.project.services import of_platform

SERVICES = of_platform()
COUNTS = re.compile(
    r"^from ecom\.(?:business_metrics|observability) import .*\b(?:BusinessMetric|count)\b", re.MULTILINE
)
# `ecom.message_queue` measures the age of messages that failed.
QUEUES = re.compile(r"\bruntime\.handle_(?:messages|queued_events)\(")
COUNTING = sorted(
    name
    for name, service in SERVICES.items()
    for sources in ["".join(path.read_text() for path in (service.folder / "src").rglob("*.py"))]
    if COUNTS.search(sources) or QUEUES.search(sources)
)


def test_services_that_count_are_found() -> None:
    assert {"cart", "delivery", "orders", "payment", "reconciliation", "search", "users"} <= {*COUNTING}


@pytest.mark.parametrize("name", COUNTING)
def test_a_service_that_counts_knows_its_environment_and_its_name(name: str) -> None:
    variables = SERVICES[name].template["Globals"]["Function"]["Environment"]["Variables"]
    assert variables["ENVIRONMENT"] == {"Ref": "Environment"}
    assert variables["POWERTOOLS_SERVICE_NAME"] == name


@pytest.mark.parametrize("name", sorted(SERVICES))
def test_alarms_watch_the_metrics_of_their_own_environment(name: str) -> None:
    for resource in SERVICES[name].template["Resources"].values():
        properties = resource.get("Properties", {})
        if resource["Type"] == "AWS::CloudWatch::Alarm" and properties.get("Namespace") == "Ecommerce":
            assert properties["Dimensions"] == [
                {"Name": "environment", "Value": {"Ref": "Environment"}},
                {"Name": "service", "Value": name},
            ]
