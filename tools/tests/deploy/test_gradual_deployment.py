"""Gradual deployments: what the packager adds, and a service that is deployed so in a cloud, under traffic."""

import itertools
import json
import shutil
import threading
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from ecom import observability
from tools import ROOT
from tools.deploy import gradual_deployment
from tools.deploy.deploy import deploy, parameters
from tools.deploy.gradual_deployment import CONDITION, ENABLED, PERCENT, ROLE, request_functions
from tools.deploy.package import prepared
from tools.local.aws.cloudwatch.alarm import ALARM, OK
from tools.local.aws.cloudwatch.alarm import parse as parse_alarm
from tools.local.aws.cloudwatch.evaluation import evaluate_alarm, periods_of
from tools.local.aws.cloudwatch.metrics import Summary
from tools.local.aws.codedeploy.traffic import VARIABLE
from tools.local.client import start_temporary
from tools.project.aws import Target
from tools.project.environments import Environment, read_all
from tools.project.problems import Problem
from tools.project.services import Service, discover

OURS = discover(ROOT)
GRADUAL = Environment("local", "local", "us-east-1", {"LogRetentionDays": "7", ENABLED: "true"})


def test_all_functions_of_requests_and_no_others_are_gradual() -> None:
    """Those that answer requests also have the memory for it; a trigger of Cognito has it and answers no request."""
    found = {f"{service.name}/{name}" for service in OURS.values() for name in request_functions(service.template)}
    with_memory = {
        f"{service.name}/{name}"
        for service in OURS.values()
        for name, resource in service.template["Resources"].items()
        if resource["Type"] == "AWS::Serverless::Function" and resource["Properties"].get("MemorySize") == 1024
    }
    assert with_memory - found == {"users/OnCognitoTriggerFunction"}
    assert found <= with_memory


def test_another_companys_system_is_not_gradual() -> None:
    assert OURS["payment-3p"].standalone
    assert ENABLED not in prepared(OURS["payment-3p"])["Parameters"]


def test_a_service_without_requests_gets_nothing() -> None:
    assert ENABLED not in prepared(OURS["notifications"])["Parameters"]


def test_the_alarm_reads_what_the_shared_code_writes() -> None:
    ours = (gradual_deployment.NAMESPACE, gradual_deployment.FAILED_ANSWERS)
    assert ours == (observability.NAMESPACE, observability.FAILED_ANSWERS)


def test_only_prod_is_gradual() -> None:
    orders = OURS["orders"]
    values = {
        name: parameters(orders, Target(environment, None, ""), None)[ENABLED]  # type: ignore[arg-type]  # no session
        for name, environment in read_all().items()
    }
    assert {name for name, value in values.items() if value == "true"} == {"prod"}


def test_a_parameter_of_another_service_is_still_refused() -> None:
    environment = Environment("dev", "aws", "eu-west-1", services={"notifications": {PERCENT: "7"}})
    with pytest.raises(Problem, match=f"notifications has no parameter {PERCENT}"):
        parameters(OURS["notifications"], Target(environment, None, ""), None)  # type: ignore[arg-type]  # no session


def test_codedeploy_may_move_the_aliases_of_the_stack_only() -> None:
    document = prepared(OURS["orders"])
    role = document["Resources"][ROLE]
    assert role["Condition"] == CONDITION
    (policy,) = role["Properties"]["Policies"]
    moves, reads, alarms = policy["PolicyDocument"]["Statement"]
    functions = request_functions(OURS["orders"].template)
    assert moves["Action"] == ["lambda:GetAlias", "lambda:UpdateAlias"]
    assert moves["Resource"] == [{"Fn::GetAtt": [name, "Arn"]} for name in functions]
    assert (reads["Action"], alarms["Action"]) == (
        "lambda:GetProvisionedConcurrencyConfig",
        "cloudwatch:DescribeAlarms",
    )


def own_alarm(percent: int = 5) -> Any:
    """The alarm of a function, with the values that CloudFormation puts in."""
    properties = gradual_deployment.alarm("Fn", "fn")["Properties"]
    text = json.dumps({**properties, "Threshold": percent})
    for written, value in (
        ({"Fn::GetAtt": ["Fn", "Version.Version"]}, "2"),
        ({"Ref": "Fn"}, "fn"),
        ({"Fn::Sub": "${Fn}:live"}, "fn:live"),
    ):
        text = text.replace(json.dumps(written), json.dumps(value))
    return parse_alarm(json.loads(text))


@pytest.mark.parametrize(
    ("answered", "raised", "requests", "state"),
    [
        (None, None, None, OK),  # no traffic
        (None, 0, 100, OK),
        (1, 0, 1, OK),  # one failure alone
        (None, 1, 1, OK),
        (2, 0, 100, OK),  # two per cent
        (6, 0, 100, ALARM),
        (None, 6, 100, ALARM),
        (3, 3, 100, ALARM),  # together over the threshold
        (2, None, 10, ALARM),  # one in five, with little traffic
    ],
)
def test_when_the_alarm_rolls_back(answered: int | None, raised: int | None, requests: int | None, state: str) -> None:
    function, alias, version = ("FunctionName", "fn"), ("Resource", "fn:live"), ("ExecutedVersion", "2")
    stored = {
        ("Ecommerce", "FailedAnswers", frozenset({function, version})): answered,
        ("AWS/Lambda", "Errors", frozenset({function, alias, version})): raised,
        ("AWS/Lambda", "Invocations", frozenset({function, alias, version})): requests,
    }

    def read(namespace: str, name: str, dimensions: Any, _unit: Any, _begin: float, _end: float) -> dict[int, Summary]:
        value = stored[namespace, name, frozenset(dimensions.items())]
        return {} if value is None else {6000: Summary(1, value, value, value)}

    alarm = own_alarm()
    assert evaluate_alarm(alarm, periods_of(alarm, read, 6070), 6070, OK).state == state


# --- in a cloud ---


@pytest.fixture
def target(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> Iterator[Target]:
    monkeypatch.setenv(VARIABLE, "3")
    with start_temporary(tmp_path_factory.mktemp("gradual")) as cloud:
        yield Target(GRADUAL, cloud.session(), cloud.endpoint)


@pytest.fixture
def pricing(tmp_path: Path) -> Service:
    """A copy of a service that needs no other."""
    # Its alarms would need the topic of *platform*.
    ignored = shutil.ignore_patterns("__pycache__", "build", "tests", "observability.yaml")
    shutil.copytree(ROOT / "delivery-pricing", tmp_path / "delivery-pricing", ignore=ignored)
    shutil.copytree(ROOT / "shared" / "templates", tmp_path / "shared" / "templates")
    return discover(tmp_path)["delivery-pricing"]


FUNCTION = "ecommerce-local-delivery-pricing-graphql-delivery-pricing"
FAILS = """\
    if field.arguments["input"]["products"][0]["quantity"] == 5:
        raise TryAgain("busy")
"""


def change(service: Service, body: str) -> None:
    """Put lines at the beginning of what answers the field."""
    path = service.source / "delivery_pricing_service" / "handlers" / "graphql_delivery_pricing.py"
    head = "def get_delivery_pricing(field: Field) -> dict[str, int]:\n"
    written = path.read_text()
    assert head in written
    path.write_text("from ecom.errors import TryAgain\n" + written.replace(head, head + body))


class Shoppers:
    """They ask for prices as AppSync does, until the end of the block. Every fifth asks for five units."""

    def __init__(self, target: Target) -> None:
        self._lambda = target.client("lambda")
        self._end = threading.Event()
        self._threads = [threading.Thread(target=self._ask) for _ in range(3)]
        self.answers: Counter[tuple[str, str]] = Counter()
        """Version, and the price or the error's type."""

    def __enter__(self) -> "Shoppers":
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._end.set()
        for thread in self._threads:
            thread.join()

    def _ask(self) -> None:
        for quantity in itertools.cycle(range(1, 6)):
            if self._end.is_set():
                return
            lines = [{"package": {"width": 1, "length": 1, "height": 1, "weight": 1}, "quantity": quantity}]
            arguments = {"input": {"products": lines, "address": {"country": "DE"}}}
            event = {"info": {"fieldName": "getDeliveryPricing"}, "arguments": arguments}
            answer = self._lambda.invoke(
                FunctionName=FUNCTION,
                Qualifier="live",
                Payload=json.dumps(event),
            )
            content = json.loads(answer["Payload"].read())
            said = content["error"]["type"] if "error" in content else str(content["pricing"])
            self.answers[answer["ExecutedVersion"], said] += 1


def test_a_version_whose_answers_fail_is_rolled_back(target: Target, pricing: Service) -> None:
    deploy(pricing, target)
    change(pricing, FAILS)
    with Shoppers(target) as shoppers, pytest.raises(Problem, match="One or more alarms have been activated"):
        deploy(pricing, target)
    assert {said for _, said in shoppers.answers} == {"1000", "TRY_AGAIN"}
    assert {version for version, said in shoppers.answers if said == "TRY_AGAIN"} == {"2"}
    alarms = target.client("cloudwatch").describe_alarms(AlarmNamePrefix=FUNCTION)["MetricAlarms"]
    assert [alarm["AlarmName"] for alarm in alarms] == [f"{FUNCTION}-version-1"]
    alias = target.client("lambda").get_alias(FunctionName=FUNCTION, Name="live")
    assert alias["FunctionVersion"] == "1"
    assert "RoutingConfig" not in alias


def test_a_good_version_is_promoted(target: Target, pricing: Service) -> None:
    deploy(pricing, target)
    change(pricing, "    # the same price\n")
    with Shoppers(target) as shoppers:
        assert deploy(pricing, target).startswith("updated in")
    alarms = target.client("cloudwatch").describe_alarms(AlarmNamePrefix=FUNCTION)["MetricAlarms"]
    assert [alarm["AlarmName"] for alarm in alarms] == [f"{FUNCTION}-version-2"]
    assert {said for _, said in shoppers.answers} == {"1000"}
    assert {version for version, _ in shoppers.answers} == {"1", "2"}
