"""Executions are counted by their status, and a failed one raises the alarm of its service."""

from typing import Any

import pytest

from tools.local.aws.cloudformation.no_effect import MEASURED
from tools.local.aws.cloudwatch.alarm import ALARM, OK, parse
from tools.local.aws.cloudwatch.evaluation import evaluate_alarm
from tools.local.aws.cloudwatch.metrics import Metric, MetricStore
from tools.local.aws.stepfunctions.engine_measures import METRICS, NAMESPACE, measure
from tools.local.client import Cloud
from tools.project.services import discover
from tools.tests.local.aws.cloudwatch.test_cloud_alarms import make_alarm, wait_for_state
from tools.tests.local.aws.stepfunctions.machine import Machine, machine

ARN = "arn:aws:states:us-east-1:000000000000:stateMachine:returns"
NOW = 1_800_000_000.0
FAIL = {"Type": "Fail", "Error": "Broken"}


def counted(store: MetricStore, name: str) -> float:
    metric = Metric(("000000000000", "us-east-1"), NAMESPACE, name, (("StateMachineArn", ARN),))
    return sum(one.total for one in store.periods(metric, 60, 0, NOW + 3600).values())


def execution(status: str, stopped: float | None = NOW) -> dict[str, Any]:
    return {"machine": ARN, "status": status, "started": NOW - 2, "stopped": stopped}


@pytest.mark.parametrize("status", [each for each in METRICS if each != "RUNNING"])
def test_a_start_and_an_end_are_counted_once_each(status: str) -> None:
    store = MetricStore()
    measure(execution("RUNNING", None), NOW - 2, store)
    measure(execution(status), NOW, store)
    expected = {"ExecutionsStarted": 1.0, METRICS[status]: 1.0, "ExecutionTime": 2000.0}
    found = {name: counted(store, name) for name in MEASURED[NAMESPACE]}
    assert {name: total for name, total in found.items() if total} == expected


def test_the_alarm_of_returns_rings_after_a_failed_execution_and_ends() -> None:
    properties = discover()["returns"].template["Resources"]["ExecutionsFailed"]["Properties"]
    given = parse({**properties, "AlarmName": "a", "Dimensions": [{"Name": "StateMachineArn", "Value": ARN}]})
    store = MetricStore()
    metric = Metric.of(("000000000000", "us-east-1"), given.namespace, given.metric, given.dimensions)

    def state(now: float) -> str:
        return evaluate_alarm(given, store.periods(metric, given.period, 0, now + 1), now, OK).state

    measure(execution("SUCCEEDED"), NOW, store)
    assert state(NOW) == OK
    measure(execution("FAILED"), NOW, store)
    assert (state(NOW), state(NOW + 600)) == (ALARM, OK)


def test_a_failed_execution_raises_an_alarm_on_a_cloud(cloud: Cloud) -> None:
    failing = Machine(cloud, machine("Stop", Stop=FAIL))
    name = make_alarm(cloud, NAMESPACE, "ExecutionsFailed", {"StateMachineArn": failing.arn})
    failing.ended(failing.start())
    wait_for_state(cloud, name, ALARM)
