"""Resources and settings that the template must have."""

from pathlib import Path

from ecom_testkit.templates import Template
from tools.project.services import read_template

TEMPLATE = Template(read_template(Path(__file__).parents[2] / "template.yaml"))
FUNCTION = TEMPLATE.properties("EveryHourReconcileFunction")


def test_the_function_reads_tables_and_writes_only_how_far_it_is() -> None:
    tables, tokens, progress, secret = TEMPLATE.statements("EveryHourReconcileFunction")
    assert set(tables["Action"]) == {"dynamodb:BatchGetItem", "dynamodb:Scan"}
    assert len(tables["Resource"]) == 7
    assert tokens["Action"] == "dynamodb:BatchGetItem"
    names = [resource["Fn::Sub"].rpartition("/")[2] for resource in tokens["Resource"]]
    assert names == ["${PaymentTokensTableName}", "${RefundsTableName}"]
    assert set(progress["Action"]) == {"dynamodb:GetItem", "dynamodb:PutItem"}
    assert progress["Resource"] == {"Fn::GetAtt": ["Table", "Arn"]}
    assert (secret["Action"], secret["Resource"]) == ("secretsmanager:GetSecretValue", {"Ref": "ProviderSecretArn"})


def test_it_runs_every_hour() -> None:
    rule = TEMPLATE.rules()["Schedule"]
    assert rule["ScheduleExpression"] == {"Ref": "Schedule"}
    assert TEMPLATE.body["Parameters"]["Schedule"]["Default"] == "rate(1 hour)"
    assert rule["Targets"][0]["Arn"] == {"Ref": "EveryHourReconcileFunction.Alias"}


def test_findings_raise_an_alarm() -> None:
    alarm = TEMPLATE.properties("ServicesDisagree")
    assert (alarm["Namespace"], alarm["MetricName"], alarm["Threshold"]) == ("Ecommerce", "Findings", 1)
    assert alarm["Dimensions"] == [
        {"Name": "environment", "Value": {"Ref": "Environment"}},
        {"Name": "service", "Value": "reconciliation"},
    ]
    assert alarm["AlarmActions"] == [{"Ref": "AlarmTopicArn"}]


def test_a_run_has_as_much_time_as_lambda_gives_and_a_processor() -> None:
    assert (FUNCTION["Timeout"], FUNCTION["MemorySize"]) == (900, 1769)
    assert FUNCTION["Environment"]["Variables"]["SEGMENTS"] == {"Ref": "Segments"}


def test_an_alarm_reports_a_pass_that_takes_too_long() -> None:
    alarm = TEMPLATE.properties("PassesTakeTooLong")
    assert (alarm["MetricName"], alarm["Threshold"]) == ("OldestPassMinutes", {"Ref": "PassMinutes"})
    assert alarm["AlarmActions"] == [{"Ref": "AlarmTopicArn"}]
