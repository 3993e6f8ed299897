"""docs/operations.md explains every alarm, and names functions that exist."""

import json
import re
from collections.abc import Iterator
from typing import Any

import pytest

from tools import ROOT
from tools.deploy.gradual_deployment import CONDITION
from tools.deploy.package import prepared
from tools.project.observability import read
from tools.project.services import discover, read_template
from tools.tests.project.described import DESCRIBED

PAGE = (ROOT / "docs" / "operations.md").read_text()
SERVICES = discover()
SHARED = read_template(ROOT / "shared" / "templates" / "dead-letters.yaml")
DEPLOYED = {name: prepared(service) for name, service in SERVICES.items()}
METRIC, COMPOSITE = "AWS::CloudWatch::Alarm", "AWS::CloudWatch::CompositeAlarm"
TOPICS = ({"Ref": "AlarmTopicArn"}, {"Ref": "AlarmTopic"})
COMMAND = re.compile(r"`ENVIRONMENT=\$\{Environment\} make (?P<target>[\w-]+)")
MAKEFILE = (ROOT / "Makefile").read_text()


def resources(template: dict[str, Any], *kinds: str) -> Iterator[tuple[str, dict[str, Any]]]:
    """Without the alarms of single versions, which CodeDeploy reads."""
    for name, resource in template["Resources"].items():
        if resource["Type"] in kinds and resource.get("Condition") != CONDITION:
            yield name, resource["Properties"]


# Service and logical id of each queue that Lambda polls.
POLLED = [
    (name, properties["EventSourceArn"]["Fn::GetAtt"][0])
    for name, template in DEPLOYED.items()
    for _, properties in resources(template, "AWS::Lambda::EventSourceMapping")
    if "StartingPosition" not in properties  # a stream
]


def alarms(template: dict[str, Any], service: str, *kinds: str) -> set[str]:
    """The names of a service's alarms, such as `events-waiting`. Every name begins with environment and service."""
    start = f"ecommerce-${{Environment}}-{service}-"
    names = [
        properties["AlarmName"]["Fn::Sub"] for _, properties in resources(template, *(kinds or (METRIC, COMPOSITE)))
    ]
    assert all(name.startswith(start) for name in names), names
    return {name.removeprefix(start) for name in names}


def as_explained(alarm: str) -> str:
    """Alarms of each function have one row: `graphql-cart-errors` is `{function}-errors`."""
    return re.sub(r"^.+-(errors|iterator-age)$", r"{function}-\1", alarm)


def every_alarm(*kinds: str) -> list[tuple[str, dict[str, Any]]]:
    templates = {**DEPLOYED, "dead-letters": SHARED}
    return [
        (f"{where}: {name}", properties)
        for where, template in templates.items()
        for name, properties in resources(template, *kinds)
    ]


def test_every_explained_alarm_exists() -> None:
    there = alarms(SHARED, "${Service}").union(*(alarms(template, name) for name, template in DEPLOYED.items()))
    explained = set(re.findall(r"^\| `([\w{}-]+)`(?: of| with| \()", PAGE, re.MULTILINE))
    assert explained
    assert explained <= {as_explained(alarm) for alarm in there}


@pytest.mark.parametrize("name", sorted(SERVICES))
def test_every_alarm_is_explained_here_or_in_its_services_readme(name: str) -> None:
    text = PAGE + (SERVICES[name].folder / "README.md").read_text().replace("`...-", "`")
    missing = [alarm for alarm in sorted(alarms(DEPLOYED[name], name)) if f"`{as_explained(alarm)}`" not in text]
    assert missing == []


@pytest.mark.parametrize("name", [name for name, each in SERVICES.items() if each.is_observed])
def test_the_page_of_each_service_links_to_the_alarms_that_all_have(name: str) -> None:
    assert "operations.md#alarms" in (SERVICES[name].folder / "README.md").read_text()


def test_every_alarm_reaches_operators_and_says_when_it_is_over() -> None:
    found = every_alarm(METRIC)
    assert [name for name, alarm in found if alarm.get("AlarmActions") not in [[topic] for topic in TOPICS]] == []
    # A declined capture stays declined.
    over = [name for name, alarm in found if alarm.get("OKActions") not in [[topic] for topic in TOPICS]]
    assert over == ["payment: PaymentsFail"]


def test_every_alarm_names_a_command_that_exists() -> None:
    texts = {name: json.dumps(alarm["AlarmDescription"]) for name, alarm in every_alarm(METRIC, COMPOSITE)}
    targets = {name: COMMAND.search(text) for name, text in texts.items()}
    assert [name for name, found in targets.items() if not found] == []
    unknown = {found["target"] for found in targets.values() if found and f"\n{found['target']}: " not in MAKEFILE}
    assert unknown == set()


@pytest.mark.parametrize(("name", "queue"), POLLED, ids=[name for name, _ in POLLED])
def test_an_alarm_follows_events_that_wait_in_the_queue_of_a_service(name: str, queue: str) -> None:
    alarm = dict(resources(DEPLOYED[name], METRIC))["EventsWaiting"]
    waiting, retried = (each["MetricStat"]["Metric"] for each in alarm["Metrics"] if "MetricStat" in each)
    assert (waiting["Namespace"], waiting["MetricName"]) == ("AWS/SQS", "ApproximateAgeOfOldestMessage")
    assert waiting["Dimensions"] == [{"Name": "QueueName", "Value": {"Fn::Sub": f"${{{queue}.QueueName}}"}}]
    assert {"Name": "service", "Value": name} in retried["Dimensions"]
    description = read(SERVICES[name].folder)
    assert description
    assert alarm["Threshold"] == description.wait_seconds
    assert f"waited {description.wait_seconds // 60} minutes" in alarm["AlarmDescription"]["Fn::Sub"]
    kept = DEPLOYED[name]["Resources"][queue]["Properties"]["MessageRetentionPeriod"]
    assert alarm["Threshold"] < kept


def test_services_with_a_queue_are_found() -> None:
    assert {"orders", "payment", "pictures", "search"} <= {name for name, _ in POLLED}


@pytest.mark.parametrize("name", sorted(set(re.findall(r"`([a-z]+-(?:on|every)-[a-z-]+)`", PAGE))))
def test_a_named_function_exists(name: str) -> None:
    functions = [
        properties["FunctionName"]
        for template in DEPLOYED.values()
        for _, properties in resources(template, "AWS::Serverless::Function")
    ]
    assert {"Fn::Sub": f"ecommerce-${{Environment}}-{name}"} in functions


def test_the_page_says_after_how_many_attempts_a_record_is_a_dead_letter() -> None:
    streams = [
        properties
        for template in DEPLOYED.values()
        for _, properties in resources(template, "AWS::Lambda::EventSourceMapping")
        if "MaximumRetryAttempts" in properties
    ]
    (retries,) = {properties["MaximumRetryAttempts"] for properties in streams}
    words = ["zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven"]
    assert f"after {words[retries + 1]} attempts a record that fails is a dead letter" in PAGE


def test_the_page_says_how_long_events_wait_before_the_alarm() -> None:
    (row,) = re.findall(r"^\| `events-waiting` of a service with a queue: for (\d+) minutes, in (.+?) \|", PAGE, re.M)
    others = {
        service: int(minutes)
        for services, minutes in re.findall(r"(.+?) (\d+)(?:, in |$)", row[1])
        for service in re.split(r", | and ", services)
    }
    there = {name: dict(resources(template, METRIC)).get("EventsWaiting") for name, template in DEPLOYED.items()}
    minutes = {name: alarm["Threshold"] // 60 for name, alarm in there.items() if alarm and name in DESCRIBED}
    assert minutes == {name: others.get(name, int(row[0])) for name in minutes}
    assert others.keys() <= minutes.keys()


def test_no_alarm_on_a_duration_sends_operators_to_the_logs() -> None:
    """A slow call that succeeds logs nothing."""
    own = {name: read(service.folder) for name, service in SERVICES.items()}
    alarms_on_durations = [
        (name, alarm)
        for name, description in own.items()
        for alarm in (description.alarms if description else ())
        if alarm.metric == "Duration"
    ]
    assert alarms_on_durations
    assert [f"{name}: {alarm.name}" for name, alarm in alarms_on_durations if "make logs" in alarm.do] == []


@pytest.mark.parametrize("name", [name for name, each in SERVICES.items() if "maxReceiveCount" in str(each.template)])
def test_no_readme_says_that_a_message_of_a_queue_has_three_attempts(name: str) -> None:
    assert not re.search(r"three (failed )?attempts", (SERVICES[name].folder / "README.md").read_text())
