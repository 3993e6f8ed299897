"""Resources and settings that the template must have."""

from pathlib import Path

from ecom_testkit.templates import Template
from tools.project.services import read_template

TEMPLATE = Template(read_template(Path(__file__).parents[2] / "template.yaml"))
FUNCTION = TEMPLATE.properties("EveryHourReconcileFunction")


def test_the_function_reads_tables_and_never_writes() -> None:
    tables, secret = TEMPLATE.statements("EveryHourReconcileFunction")
    assert set(tables["Action"]) == {"dynamodb:BatchGetItem", "dynamodb:Scan"}
    assert len(tables["Resource"]) == 4
    assert (secret["Action"], secret["Resource"]) == ("secretsmanager:GetSecretValue", {"Ref": "ProviderSecretArn"})


def test_it_runs_every_hour() -> None:
    rule = TEMPLATE.rules()["Schedule"]
    assert rule["ScheduleExpression"] == {"Ref": "Schedule"}
    assert TEMPLATE.body["Parameters"]["Schedule"]["Default"] == "rate(1 hour)"
    assert rule["Targets"][0]["Arn"] == {"Ref": "EveryHourReconcileFunction.Alias"}


def test_findings_raise_an_alarm() -> None:
    alarm = TEMPLATE.properties("ServicesDisagree")
    assert (alarm["Namespace"], alarm["MetricName"], alarm["Threshold"]) == ("Ecommerce", "Findings", 1)
    assert alarm["Dimensions"] == [{"Name": "service", "Value": "reconciliation"}]
    assert alarm["AlarmActions"] == [{"Ref": "AlarmTopicArn"}]


def test_it_has_time_for_all_tables() -> None:
    assert FUNCTION["Timeout"] == 900
