"""The tables that an order writes to, and their indexes, can be warmed before a launch."""

import json
from typing import Any

import pytest

from ecom_testkit.templates import Template
from tools import ROOT
from tools.project.services import discover

TEMPLATES = {name: Template(service.template) for name, service in discover().items()}
WARM = {"Fn::If": ["IsWarm", {"WriteUnitsPerSecond": {"Ref": "WarmWriteUnits"}}, {"Ref": "AWS::NoValue"}]}
MEASURED = json.loads((ROOT / "tools/scale/per_order.json").read_text())["written_by_service"]
SERVICES = sorted(name for name, units in MEASURED.items() if units)


def test_the_services_whose_tables_an_order_writes_to_have_the_parameter() -> None:
    have = {name for name, template in TEMPLATES.items() if "WarmWriteUnits" in template.body["Parameters"]}
    assert have == set(SERVICES)


@pytest.mark.parametrize("service", SERVICES)
def test_every_table_that_is_kept_and_its_indexes_can_be_warmed(service: str) -> None:
    template = TEMPLATES[service]
    kept = [name for name in template.of_type("AWS::DynamoDB::Table") if template.is_retained(name)]
    assert kept
    for name in kept:
        table = template.properties(name)
        indexes: list[Any] = table.get("GlobalSecondaryIndexes", [])
        assert [one.get("WarmThroughput") for one in (table, *indexes)] == [WARM] * (1 + len(indexes)), name


@pytest.mark.parametrize("service", SERVICES)
def test_no_table_is_warmed_unless_it_is_asked_for(service: str) -> None:
    body = TEMPLATES[service].body
    assert body["Parameters"]["WarmWriteUnits"]["Default"] == 0
    assert body["Conditions"]["IsWarm"] == {"Fn::Not": [{"Fn::Equals": [{"Ref": "WarmWriteUnits"}, 0]}]}
