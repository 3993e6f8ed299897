"""Gradual deployments of a stack in a running cloud, under traffic."""

import os
import signal
import uuid
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from botocore.exceptions import ClientError

from ecom_client.polling import poll
from tools.local import lifecycle
from tools.local.aws.codedeploy.traffic import VARIABLE
from tools.local.client import Cloud, start_temporary
from tools.tests.local.aws.codedeploy.shop import Shop, Shoppers, put_versions
from tools.tests.local.saved import wait_saved
from tools.tests.local.stacks import Stack, deployed, template


@pytest.fixture
def shop(shifting: Cloud) -> Iterator[Shop]:
    put_versions(shifting)
    with deployed(shifting, f"shop-{uuid.uuid4().hex[:6]}", template("gradual"), Code="good") as stack:
        yield Shop(shifting, stack)


def versions_of(shop: Shop) -> set[str]:
    listed = shop.cloud.client("lambda").list_versions_by_function(FunctionName=shop.function)["Versions"]
    return {one["Version"] for one in listed} - {"$LATEST"}


def test_a_good_version_is_promoted(shop: Shop) -> None:
    old = shop.version()
    with Shoppers(shop) as shoppers:
        assert shop.update("better") == "UPDATE_COMPLETE"
    assert shop.version() != old
    deployment = shop.deployment()
    assert deployment["status"] == "Succeeded"
    assert deployment["deploymentConfigName"] == "CodeDeployDefault.LambdaCanary10Percent5Minutes"
    ran = shoppers.by_version(200)
    assert set(ran) == {old, shop.version()}
    assert len(shoppers.answers) == ran.total()
    assert shop.accepted() == shoppers.accepted()
    assert versions_of(shop) == {shop.version()}  # the old one is deleted after the shift


@pytest.mark.parametrize(("code", "status"), [("bad", 503), ("raising", 502)])
def test_a_version_that_fails_one_request_in_five_is_rolled_back(shop: Shop, code: str, status: int) -> None:
    old = shop.version()
    with Shoppers(shop) as shoppers:
        assert shop.update(code) == "UPDATE_ROLLBACK_COMPLETE", shoppers.seen()
    assert shop.version() == old
    assert versions_of(shop) == {old}

    deployment = shop.deployment()
    alarm = shop.stack.physical_id("Failures")
    assert (deployment["status"], deployment["errorInformation"]["code"]) == ("Stopped", "ALARM_ACTIVE")
    assert deployment["errorInformation"]["message"].endswith(f"Activated alarms: {alarm}")
    back = shop.cloud.client("codedeploy").get_deployment(
        deploymentId=deployment["rollbackInfo"]["rollbackDeploymentId"]
    )["deploymentInfo"]
    assert (back["creator"], back["status"]) == ("codeDeployRollback", "Succeeded")
    assert back["rollbackInfo"]["rollbackTriggeringDeploymentId"] == deployment["deploymentId"]
    reasons = {(name, what): why for name, what, why in shop.stack.reasons()}
    failed = reasons["OrderAliaslive", "UPDATE_FAILED"]
    assert failed.startswith(f"Deployment {deployment['deploymentId']} failed: One or more alarms have been activated")

    # All requests were answered, all but those that the bad version failed with success; what was accepted is done.
    assert {seen for _, seen, _ in shoppers.answers} == {200, status}
    failures = [answer for answer in shoppers.answers if answer[1] == status]
    assert len(failures) >= 2
    assert old not in {version for _, _, version in failures}
    assert len(failures) < 0.1 * len(shoppers.answers)
    assert shop.accepted() == shoppers.accepted()
    assert len(shoppers.accepted()) + len(failures) == len(shoppers.answers)

    with Shoppers(shop) as later:
        poll(lambda: len(later.answers), until=lambda count: count >= 20, seconds=20, what="orders after the rollback")
    assert set(later.by_version(200)) == {old}
    assert shop.update("better") == "UPDATE_COMPLETE"  # the alarm of the bad version does not stop the next one


def test_without_traffic_a_version_is_promoted(shop: Shop) -> None:
    old = shop.version()
    assert shop.update("bad") == "UPDATE_COMPLETE"
    assert shop.version() != old


def test_the_share_grows_as_the_configuration_says(shop: Shop) -> None:
    seen: list[float] = []

    def weight() -> str:
        weights = (shop.alias().get("RoutingConfig") or {}).get("AdditionalVersionWeights") or {}
        seen.extend(share for share in weights.values() if share not in seen)
        return shop.stack.status()

    shop.begin_update("better", Shift="Linear10PercentEvery1Minute")
    poll(weight, until=lambda status: status == "UPDATE_COMPLETE", seconds=60, what="the shift ends")
    # A step may pass between two looks.
    assert len(seen) > 3
    assert seen == sorted(seen)
    assert set(seen) <= {0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9}


def test_a_stopped_deployment_is_rolled_back(shop: Shop) -> None:
    old, codedeploy = shop.version(), shop.cloud.client("codedeploy")
    shop.begin_update("better")
    running = poll(shop.deployment, until=bool, seconds=20, what="a deployment")
    assert running["status"] == "InProgress"
    one = running["deploymentId"]
    target = f"{shop.function}:live"
    seen = codedeploy.get_deployment_target(deploymentId=one, targetId=target)["deploymentTarget"]["lambdaTarget"]
    assert seen["lambdaFunctionInfo"]["currentVersion"] == old
    codedeploy.stop_deployment(deploymentId=one)
    assert shop.stack.wait() == "UPDATE_ROLLBACK_COMPLETE"
    assert shop.version() == old
    assert shop.deployment()["errorInformation"]["code"] == "MANUAL_STOP"
    with pytest.raises(ClientError, match="DeploymentAlreadyCompletedException"):
        codedeploy.stop_deployment(deploymentId=one)


def test_a_later_failure_moves_the_alias_back(shop: Shop) -> None:
    old = shop.version()
    assert shop.update("better", Fine="false") == "UPDATE_ROLLBACK_COMPLETE"
    assert shop.deployment()["status"] == "Succeeded"
    assert shop.version() == old


def test_the_group_as_the_api_shows_it(shop: Shop) -> None:
    codedeploy = shop.cloud.client("codedeploy")
    application = shop.stack.physical_id("ServerlessDeploymentApplication")
    name = shop.stack.physical_id("OrderDeploymentGroup")
    group = codedeploy.get_deployment_group(applicationName=application, deploymentGroupName=name)[
        "deploymentGroupInfo"
    ]
    assert group["deploymentConfigName"] == "CodeDeployDefault.LambdaCanary10Percent5Minutes"
    assert group["alarmConfiguration"]["alarms"] == [{"name": shop.stack.physical_id("Failures")}]
    assert group["autoRollbackConfiguration"]["enabled"]
    assert "lastAttemptedDeployment" not in group
    with pytest.raises(ClientError, match="DeploymentGroupDoesNotExistException"):
        codedeploy.get_deployment_group(applicationName=application, deploymentGroupName="other")
    with pytest.raises(ClientError, match="not available on the local cloud"):
        codedeploy.create_application(applicationName="x")


def test_a_role_without_the_right_fails_the_deployment(shop: Shop) -> None:
    old = shop.version()
    body = template("gradual").replace("Action: [lambda:GetAlias, lambda:UpdateAlias]", "Action: lambda:GetAlias")
    assert shop.stack.deploy(body, Code="better") == "UPDATE_ROLLBACK_COMPLETE"
    assert shop.version() == old
    assert shop.deployment()["errorInformation"]["code"] == "IAM_ROLE_PERMISSIONS"
    assert "does not allow lambda:UpdateAlias" in shop.deployment()["errorInformation"]["message"]


def test_a_hook_is_refused_by_name(shop: Shop) -> None:
    old = shop.version()
    body = template("gradual").replace("        Role: ", "        Hooks: { PreTraffic: !Ref Order }\n        Role: ")
    assert shop.stack.deploy(body, Code="better") == "UPDATE_ROLLBACK_COMPLETE"
    assert shop.version() == old
    assert any("BeforeAllowTrafficHook is not served here" in why for _, _, why in shop.stack.reasons())


def test_a_shift_without_alarms_and_with_the_role_of_sam(shop: Shop) -> None:
    old = shop.version()
    body = template("gradual").replace("        Role: !GetAtt ShiftRole.Arn\n", "")
    body = body.replace("        Alarms: [!Ref Failures]\n", "")
    assert shop.stack.deploy(body, Code="better") == "UPDATE_COMPLETE", shop.stack.reasons()
    assert shop.version() != old


def kill(cloud: Cloud) -> None:
    cloud.client("sqs").create_queue(QueueName="saved-after-the-shift")
    wait_saved(cloud.home, "saved-after-the-shift")
    pid = cloud.home.running()
    assert pid is not None
    os.kill(pid, signal.SIGKILL)
    assert lifecycle.wait_until(lambda: cloud.home.running() is None, 10)


def stop(cloud: Cloud) -> None:
    assert lifecycle.stop(cloud.home)


def begin_a_long_shift(cloud: Cloud) -> Shop:
    put_versions(cloud)
    stack = Stack(cloud, "shop")
    assert stack.deploy(template("gradual"), Code="good") == "CREATE_COMPLETE"
    shop = Shop(cloud, stack)
    shop.begin_update("better")
    poll(lambda: shop.alias().get("RoutingConfig"), until=bool, seconds=30, what="the shift has begun")
    return shop


@pytest.mark.parametrize("end", [kill, stop])
def test_a_shift_begins_anew_after_the_end_of_a_cloud(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, end: Callable[[Cloud], None]
) -> None:
    monkeypatch.setenv(VARIABLE, "60")
    with start_temporary(tmp_path) as cloud:
        shop = begin_a_long_shift(cloud)
        weighted = set(shop.alias()["RoutingConfig"]["AdditionalVersionWeights"])
        first = shop.deployment()["deploymentId"]
        end(cloud)
        monkeypatch.setenv(VARIABLE, "0.5")
        lifecycle.start(cloud.home)

        assert shop.stack.wait() == "UPDATE_COMPLETE", shop.stack.reasons()
        interrupted = cloud.client("codedeploy").get_deployment(deploymentId=first)["deploymentInfo"]
        assert interrupted["status"] == "Stopped"
        assert shop.deployment()["deploymentId"] != first
        assert shop.deployment()["status"] == "Succeeded"
        assert versions_of(shop) == {shop.version()} == weighted
