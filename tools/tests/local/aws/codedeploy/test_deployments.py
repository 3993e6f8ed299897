"""Configurations of deployments, and how a deployment goes on: without a cloud."""

from typing import Any

import pytest

from tools.local.aws.codedeploy.deployments import (
    FAILED,
    IN_PROGRESS,
    ROLLBACK,
    STOPPED,
    SUCCEEDED,
    Deployment,
    Group,
    advance,
    rollback_of,
    stopped,
)
from tools.local.aws.codedeploy.store import MOST_DEPLOYMENTS, CodeDeployStore
from tools.local.aws.codedeploy.traffic import (
    PREDEFINED,
    VARIABLE,
    DeploymentConfig,
    Refused,
    config_from,
    seconds_per_minute,
)
from tools.local.home import LocalCloudError

CANARY = PREDEFINED["CodeDeployDefault.LambdaCanary10Percent5Minutes"]


@pytest.mark.parametrize(
    ("name", "shares", "length"),
    [
        ("AllAtOnce", [(0, 1.0)], 0),
        ("Canary10Percent5Minutes", [(0, 0.1), (4.9, 0.1), (5, 1.0)], 5),
        ("Canary10Percent30Minutes", [(29.9, 0.1), (30, 1.0)], 30),
        ("Linear10PercentEvery1Minute", [(0, 0.1), (1, 0.2), (1.9, 0.2), (8.5, 0.9), (9, 1.0)], 9),
        ("Linear10PercentEvery3Minutes", [(0, 0.1), (2.9, 0.1), (3, 0.2), (27, 1.0)], 27),
    ],
)
def test_predefined_configurations(name: str, shares: list[tuple[float, float]], length: int) -> None:
    config = PREDEFINED[f"CodeDeployDefault.Lambda{name}"]
    assert [(passed, config.share_after(passed)) for passed, _ in shares] == shares
    assert config.total_minutes == length


def test_all_configurations_of_aws_for_lambda_are_there() -> None:
    canaries = [f"Canary10Percent{minutes}Minutes" for minutes in (5, 10, 15, 30)]
    linear = ["Linear10PercentEvery1Minute", *(f"Linear10PercentEvery{minutes}Minutes" for minutes in (2, 3, 10))]
    assert set(PREDEFINED) == {f"CodeDeployDefault.Lambda{one}" for one in ("AllAtOnce", *canaries, *linear)}


def test_a_configuration_of_a_template() -> None:
    routing = {"Type": "TimeBasedLinear", "TimeBasedLinear": {"LinearPercentage": "30", "LinearInterval": 2}}
    config = config_from("own", {"ComputePlatform": "Lambda", "TrafficRoutingConfig": routing})
    assert [config.share_after(passed) for passed in (0, 2, 4, 6)] == [0.3, 0.6, 0.9, 1.0]
    assert config.to_api()["timeBasedLinear"] == {"linearPercentage": 30, "linearInterval": 2}


@pytest.mark.parametrize(
    ("properties", "said"),
    [
        ({"ComputePlatform": "ECS"}, "ComputePlatform Lambda"),
        ({"ComputePlatform": "Lambda", "TrafficRoutingConfig": {"Type": "Half"}}, "TrafficRoutingConfig.Type"),
        ({"ComputePlatform": "Lambda", "TrafficRoutingConfig": {
            "Type": "TimeBasedCanary", "TimeBasedCanary": {"CanaryPercentage": 0, "CanaryInterval": 1}}},
         "CanaryPercentage must be"),
        ({"ComputePlatform": "Lambda", "TrafficRoutingConfig": {
            "Type": "TimeBasedCanary", "TimeBasedCanary": {"CanaryPercentage": 5, "CanaryInterval": 9999}}},
         "CanaryInterval must be"),
    ],
)  # fmt: skip
def test_a_configuration_that_is_refused(properties: dict[str, Any], said: str) -> None:
    with pytest.raises(Refused, match=said):
        config_from("own", properties)


def deployment(**options: Any) -> Deployment:
    return Deployment("d-1", "app", "group", CANARY.name, "f", "live", "1", "2", 1000.0, **options)


def test_a_deployment_shifts_and_succeeds() -> None:
    one = advance(deployment(), CANARY, 1000, 6, [])
    assert (one.status, one.versions) == (IN_PROGRESS, ("1", {"2": 0.1}))
    one = advance(one, CANARY, 1029.9, 6, [])
    assert (one.status, one.versions) == (IN_PROGRESS, ("1", {"2": 0.1}))
    one = advance(one, CANARY, 1030, 6, [])
    assert (one.status, one.versions, one.completed) == (SUCCEEDED, ("2", {}), 1030)
    assert advance(one, CANARY, 1031, 6, ["late"]) == one


def test_an_alarm_stops_a_deployment_also_at_its_end() -> None:
    one = advance(deployment(share=0.1), CANARY, 1030, 6, ["failures"])
    assert (one.status, one.code, one.versions) == (STOPPED, "ALARM_ACTIVE", ("1", {}))
    assert one.message.endswith("Activated alarms: failures")
    assert stopped(one, 1031, "MANUAL_STOP", "again", FAILED) == one


def test_the_rollback_is_a_deployment_too() -> None:
    one, back = rollback_of(stopped(deployment(share=0.1), 1010, "MANUAL_STOP", "stopped"), "d-2")
    assert (one.rollback, back.rollback_of, back.creator, back.status) == ("d-2", "d-1", ROLLBACK, SUCCEEDED)
    assert back.versions == one.versions == ("1", {})


def test_the_store_is_saved_and_bounded() -> None:
    store = CodeDeployStore()
    group = Group("app", "group", "id", CANARY.name, "role", alarms=("a",), rolls_back_on=("DEPLOYMENT_FAILURE",))
    store.applications["app"] = "id"
    store.groups[group.key] = group
    store.configs["own"] = DeploymentConfig("own", "TimeBasedCanary", 5, 1)
    running = deployment()
    store.put(running)
    for number in range(MOST_DEPLOYMENTS + 5):
        store.put(stopped(Deployment(f"d-{number}x", "app", "group", "c", "f", "live", "1", "2", 0.0), 1, "C", "m"))
    assert len(store.deployments()) == MOST_DEPLOYMENTS
    assert store.running(group) == running

    loaded = CodeDeployStore()
    loaded.load_persisted_state(store.get_state())
    assert (loaded.groups, loaded.configs, loaded.applications) == (store.groups, store.configs, store.applications)
    assert loaded.deployments() == store.deployments()


def test_a_change_of_a_changed_deployment_is_not_stored() -> None:
    store = CodeDeployStore()
    before = deployment()
    store.put(before)
    assert store.replace(before, stopped(before, 1, "C", "m"))
    assert not store.replace(before, advance(before, CANARY, 1000, 6, []))
    assert store.deployments()[0].status == STOPPED


def test_the_length_of_a_minute() -> None:
    assert seconds_per_minute({}) == 6
    assert seconds_per_minute({VARIABLE: "0.5"}) == 0.5
    for text in ("0", "61", "x", "-1", "1e3"):
        with pytest.raises(LocalCloudError, match=VARIABLE):
            seconds_per_minute({VARIABLE: text})
