"""What must not vanish from the template."""

from pathlib import Path
from typing import Any

from tools.project.services import read_template

TEMPLATE = read_template(Path(__file__).parents[2] / "template.yaml")
RESOURCES: dict[str, Any] = TEMPLATE["Resources"]
FUNCTION = RESOURCES["EveryHourReconcileFunction"]["Properties"]


def test_it_reads_and_never_writes() -> None:
    tables, secret = FUNCTION["Policies"][0]["Statement"]
    assert set(tables["Action"]) == {"dynamodb:BatchGetItem", "dynamodb:Scan"}
    assert len(tables["Resource"]) == 4
    assert (secret["Action"], secret["Resource"]) == ("secretsmanager:GetSecretValue", {"Ref": "ProviderSecretArn"})


def test_it_runs_by_itself() -> None:
    rule = RESOURCES["ScheduleRule"]["Properties"]
    assert rule["ScheduleExpression"] == {"Ref": "Schedule"}
    assert TEMPLATE["Parameters"]["Schedule"]["Default"] == "rate(1 hour)"
    assert rule["Targets"][0]["Arn"] == {"Ref": "EveryHourReconcileFunction.Alias"}


def test_findings_alarm() -> None:
    alarm = RESOURCES["ServicesDisagree"]["Properties"]
    assert (alarm["Namespace"], alarm["MetricName"], alarm["Threshold"]) == ("Ecommerce", "Findings", 1)
    assert alarm["Dimensions"] == [{"Name": "service", "Value": "reconciliation"}]
    assert alarm["AlarmActions"] == [{"Ref": "AlarmTopicArn"}]


def test_it_has_time_for_all_tables() -> None:
    assert FUNCTION["Timeout"] == 900
