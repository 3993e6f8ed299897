"""Settings that all templates have, and without which something is lost and nobody is told."""

from collections.abc import Iterator
from typing import Any

import pytest

from ecom import aws
from ecom_testkit.templates import Template
from tools import ROOT
from tools.project.services import discover, read_template

NESTED = "shared/templates/dead-letters.yaml"
SERVICES = {name: Template(service.template) for name, service in discover().items()}
TEMPLATES = {**SERVICES, NESTED: Template(read_template(ROOT / NESTED))}
DAY, MOST_RETRIES = 86_400, 185  # EventBridge's maximum, and its default
FOURTEEN_DAYS = 14 * DAY  # the maximum of SQS
# Both attempts of a request to a DynamoDB that does not answer, and the wait between them.
SLOW_TABLE = aws.DYNAMODB_ATTEMPTS * aws.DYNAMODB_ATTEMPT_SECONDS + aws.LONGEST_WAIT_SECONDS
# (template, table) -> the attribute by which DynamoDB deletes items.
EXPIRES = {
    ("notifications", "Table"): "expiresAt",
    ("notifications", "Addresses"): "expiresAt",
    ("orders", "PaymentTokens"): "forgetAt",
    ("cart", "CheckoutsTable"): "forgetAt",
    ("cart", "Table"): "forgetAt",
    ("payment", "EarlyFactsTable"): "forgetAt",
    ("payment-3p", "KeysTable"): "forgetAt",
    ("payment-3p", "ScriptsTable"): "forgetAt",
    ("pictures", "Table"): "expiresAt",
    ("platform", "ListenerTable"): "expiresAt",
    ("products", "DeletedPictures"): "expiresAt",
    ("returns", "Table"): "forgetAt",
    ("search", "Table"): "expiresAt",
    ("warehouse", "Table"): "forgetAt",
}


def of_type(kind: str) -> dict[tuple[str, str], dict[str, Any]]:
    """(template, logical id) -> properties."""
    return {
        (where, name): properties
        for where, template in TEMPLATES.items()
        for name, properties in template.of_type(kind).items()
    }


def test_the_role_of_a_services_pipeline_covers_its_state_machines() -> None:
    """It may make state machines of this prefix only (tools/pipeline/rights.yaml)."""
    for (service, _), properties in of_type("AWS::Serverless::StateMachine").items():
        assert properties["Name"]["Fn::Sub"].startswith(f"ecommerce-${{Environment}}-{service}-")


def rules() -> Iterator[tuple[str, dict[str, Any], dict[str, Any]]]:
    """The name of each rule, the rule, and each of its targets."""
    for where, template in TEMPLATES.items():
        for name, rule in template.rules().items():
            for target in rule["Targets"]:
                yield f"{where}: {name}", rule, target


def test_every_alarm_tells_operators() -> None:
    alarms = of_type("AWS::CloudWatch::Alarm")
    assert (NESTED, "NotEmpty") in alarms
    silent = [name for name, alarm in alarms.items() if alarm.get("AlarmActions") != [{"Ref": "AlarmTopicArn"}]]
    assert silent == []


def test_dead_letters_are_kept_for_as_long_as_sqs_keeps_a_message() -> None:
    queue = TEMPLATES[NESTED].properties("Queue")
    assert queue["MessageRetentionPeriod"] == FOURTEEN_DAYS
    (rule,) = TEMPLATES[NESTED].properties("Bucket")["LifecycleConfiguration"]["Rules"]
    assert (rule["Status"], rule["ExpirationInDays"] * DAY) == ("Enabled", FOURTEEN_DAYS)


def test_eventbridge_tries_to_deliver_an_event_for_a_day() -> None:
    """A schedule is no event: its next time repeats it."""
    default = {"MaximumRetryAttempts": MOST_RETRIES, "MaximumEventAgeInSeconds": DAY}
    policies = {
        name: {**default, **target.get("RetryPolicy", {})} for name, rule, target in rules() if rule.get("EventPattern")
    }
    assert len(policies) > len(SERVICES)
    assert [name for name, policy in policies.items() if policy != default] == []


def test_a_stream_is_read_from_its_oldest_record() -> None:
    """From LATEST, Lambda skips what is written while the mapping is created or changed."""
    positions = {
        name: mapping["StartingPosition"]
        for name, mapping in of_type("AWS::Lambda::EventSourceMapping").items()
        if "StreamArn" in str(mapping["EventSourceArn"])
    }
    assert {"delivery", "orders", "payment", "products", "warehouse"} <= {where for where, _ in positions}
    assert set(positions.values()) == {"TRIM_HORIZON"}


@pytest.mark.parametrize("service", sorted(SERVICES))
def test_a_function_outlasts_a_table_that_does_not_answer(service: str) -> None:
    template = SERVICES[service]
    default = template.body.get("Globals", {}).get("Function", {})
    short = {
        name
        for name, properties in template.of_type("AWS::Serverless::Function").items()
        if {**default, **properties}["Timeout"] <= SLOW_TABLE
    }
    # Cognito waits for five seconds; the trigger uses no table.
    assert short == ({"OnCognitoTriggerFunction"} if service == "users" else set())


def test_dynamodb_deletes_what_nobody_needs_any_more() -> None:
    tables = of_type("AWS::DynamoDB::Table")
    found = {name: spec for name, table in tables.items() if (spec := table.get("TimeToLiveSpecification"))}
    # `make new-service` writes the table Inbox, whose items are of ecom.inbox.
    inboxes = {name: "expiresAt" for name in found.keys() - EXPIRES.keys() if name[1] == "Inbox"}
    expected = {**EXPIRES, **inboxes}
    assert found == {name: {"AttributeName": attribute, "Enabled": True} for name, attribute in expected.items()}


@pytest.mark.parametrize(("service", "attribute"), sorted({(service, name) for (service, _), name in EXPIRES.items()}))
def test_the_attribute_is_one_that_the_service_writes(service: str, attribute: str) -> None:
    sources = "".join(path.read_text() for path in (ROOT / service / "src").rglob("*.py"))
    assert f'"{attribute}"' in sources or f"#{attribute}" in sources


@pytest.mark.parametrize("service", sorted(SERVICES))
def test_a_variable_with_the_name_of_a_parameter_has_its_value(service: str) -> None:
    """MONEY_MINUTES is the parameter MoneyMinutes, not another one of the same type."""
    template = SERVICES[service]
    parameters = set(template.body.get("Parameters", {}))
    functions = template.of_type("AWS::Serverless::Function").values()
    wrong = {
        variable: value
        for properties in (template.body.get("Globals", {}).get("Function", {}), *functions)
        for variable, value in properties.get("Environment", {}).get("Variables", {}).items()
        if (name := variable.title().replace("_", "")) in parameters and value != {"Ref": name}
    }
    assert wrong == {}
