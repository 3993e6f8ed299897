"""Running deployments: the weights of the alias, the alarms of the group, and the rights of its role."""

import logging
import secrets
import string
import threading
from collections.abc import Iterator
from dataclasses import replace

from tools.local.aws.cloudformation.engine_provisioners import ResourceFailed
from tools.local.aws.cloudwatch import engine_alarms
from tools.local.aws.cloudwatch.alarm import Refused
from tools.local.aws.codedeploy.deployments import (
    FAILED,
    STOPPED,
    SUCCEEDED,
    Deployment,
    Group,
    advance,
    rollback_of,
    stopped,
)
from tools.local.aws.codedeploy.store import CodeDeployStore
from tools.local.aws.iam.engine_roles import role_allows, role_trusts
from tools.local.delivery import engine_delivery
from tools.local.delivery.driver import Stopping
from tools.local.engine.patching import core, patch, service
from tools.local.home import ACCOUNT, REGION
from tools.local.persistence.engine_state import saved_at_stop

log = logging.getLogger("local.codedeploy")

PRINCIPAL = "codedeploy.amazonaws.com"
AT_ONCE = 8
# How often the alarms are looked at, in minutes of the deployment.
LOOK_MINUTES = 0.1
WAIT_SECONDS = 0.2
LONGEST_SAVE_SECONDS = 20.0
_ROLLS_BACK_ON = {"ALARM_ACTIVE": "DEPLOYMENT_STOP_ON_ALARM", "MANUAL_STOP": "DEPLOYMENT_STOP_ON_REQUEST"}

store = CodeDeployStore()
_ended: dict[str, threading.Event] = {}
# A deployment and its alias change together.
_changing = threading.RLock()


class _Pace:
    """How long a minute of a deployment configuration lasts here. The server sets it when it starts."""

    seconds_per_minute = 6.0


pace = _Pace()


def start(group: Group, function: str, alias: str, old: str, new: str) -> Deployment:
    """Start a deployment. Raises ResourceFailed when another one of its group runs."""
    if store.running(group) is not None:
        raise ResourceFailed("A conflicting deployment is in progress")
    now = engine_delivery.clock()
    one = Deployment(new_id(), group.application, group.name, group.config, function, alias, old, new, now)
    _ended[one.id] = threading.Event()  # before others can find and stop the deployment
    store.put(one)
    log.info("%s: %s:%s from version %s to %s by %s", one.id, function, alias, old, new, group.config)
    engine_delivery.driver.submit(f"deployment {one.id}", "deployments", lambda: _step(one.id), limit=AT_ONCE)
    return one


def wait(deployment_id: str) -> Deployment | None:
    """Wait until a deployment has ended. Raises Stopping when the cloud stops meanwhile, after its state was saved: the
    update that waits goes on at the next start, with a new deployment."""
    event = _ended[deployment_id]
    while not event.wait(WAIT_SECONDS):
        if engine_delivery.driver.stopping:
            saved_at_stop.wait(LONGEST_SAVE_SECONDS)
            raise Stopping(deployment_id)
    del _ended[deployment_id]
    return store.deployment(deployment_id)


def stop(deployment_id: str, why: str = "The deployment was stopped on request") -> Deployment | None:
    """Stop a running deployment, with the alias at the old version. Returns the deployment, None without one."""
    while (one := store.deployment(deployment_id)) is not None and not one.ended:
        _change(one, stopped(one, engine_delivery.clock(), "MANUAL_STOP", why))
    return one


def new_id() -> str:
    letters = string.ascii_uppercase + string.digits
    return "d-" + "".join(secrets.choice(letters) for _ in range(9))


def _step(deployment_id: str) -> float | None:
    one = store.deployment(deployment_id)
    if one is None or one.ended:
        return None
    now = engine_delivery.clock()
    with core("core.responses").request_scope(ACCOUNT, REGION):
        _change(one, _next(one, now))
    return now + LOOK_MINUTES * pace.seconds_per_minute


def _next(one: Deployment, now: float) -> Deployment:
    group = store.groups.get(f"{one.application}/{one.group}")
    config = store.config(one.config)
    if group is None or config is None:
        return stopped(one, now, "DEPLOYMENT_GROUP_MISSING", f"No deployment group {one.group}", FAILED)
    if problem := _role_problem(group, one):
        return stopped(one, now, "IAM_ROLE_PERMISSIONS", problem, FAILED)
    if one.share == 0 and _version_of(one) != one.old:
        said = "The Lambda function alias version does not match the current version in AppSpec file"
        return stopped(one, now, "INVALID_LAMBDA_CONFIGURATION", said, FAILED)
    unreadable: list[str] = []
    activated = list(_activated(group, unreadable))
    if unreadable and not group.ignores_unreadable_alarms:
        said = f"CodeDeploy cannot read the state of the alarms {', '.join(unreadable)}"
        return stopped(one, now, "ALARM_ACTIVE", said)
    return advance(one, config, now, pace.seconds_per_minute, activated)


def _change(before: Deployment, after: Deployment) -> None:
    """Store the next state of a deployment and set the alias. Nothing happens if it has changed meanwhile."""
    back = None
    if after.ended and after.status != SUCCEEDED and _rolls_back(after):
        after, back = rollback_of(after, new_id())
    with _changing:
        if not store.replace(before, after):
            return
        if back is not None:
            store.put(back)
        problem = _set_alias(after) if after.ended or after.versions != before.versions else ""
        if problem and not after.ended:
            _change(after, stopped(after, engine_delivery.clock(), "INVALID_LAMBDA_FUNCTION", problem, FAILED))
            return
    if after.ended:
        log.info("%s: %s %s", after.id, after.status, after.message)
        if (event := _ended.get(after.id)) is not None:
            event.set()


def _rolls_back(one: Deployment) -> bool:
    group = store.groups.get(f"{one.application}/{one.group}")
    event = "DEPLOYMENT_FAILURE" if one.status == FAILED else _ROLLS_BACK_ON.get(one.code, "")
    return group is not None and event in group.rolls_back_on


def _set_alias(one: Deployment) -> str:
    """Give the alias the versions of the deployment. Returns why it failed, or an empty string."""
    version, weights = one.versions
    wanted = {"FunctionVersion": version, "RoutingConfig": {"AdditionalVersionWeights": weights}}
    with core("core.responses").request_scope(ACCOUNT, REGION):
        status, _headers, body = service("lambda_svc")._update_alias(one.function, one.alias, wanted)
    if status < 400:
        return ""
    problem = str(engine_delivery.from_json(body).get("message"))
    log.warning("%s: the alias %s:%s is not changed: %s", one.id, one.function, one.alias, problem)
    return problem


def _version_of(one: Deployment) -> str:
    function = service("lambda_svc")._functions.get(one.function) or {}
    return str(((function.get("aliases") or {}).get(one.alias) or {}).get("FunctionVersion", ""))


def _role_problem(group: Group, one: Deployment) -> str:
    """Why the role of the group does not let CodeDeploy shift the alias; empty when it does."""
    if not role_trusts(group.role, PRINCIPAL):
        return f"{group.role} does not let {PRINCIPAL} assume it"
    function = f"arn:aws:lambda:{REGION}:{ACCOUNT}:function:{one.function}"
    needed = [("lambda:GetAlias", function), ("lambda:UpdateAlias", function)]
    needed += [("cloudwatch:DescribeAlarms", "*")] if group.alarms else []
    for action, resource in needed:
        if not role_allows(group.role, action, resource):
            return f"{group.role} does not allow {action} on {resource}"
    return ""


def _activated(group: Group, unreadable: list[str]) -> Iterator[str]:
    """The alarms of a group that are in ALARM now. Those that do not exist are added to `unreadable`."""
    cloudwatch = service("cloudwatch")
    for name in group.alarms:
        record = cloudwatch._alarms.get(name)
        if record is not None:
            try:
                engine_alarms.evaluate(record)
            except Refused as refused:
                log.warning("not evaluated: %s", refused)
        found = record or cloudwatch._composite_alarms.get(name)
        if found is None:
            unreadable.append(name)
        elif found["StateValue"] == "ALARM":
            yield name


@engine_delivery.at_start
def _end_interrupted() -> None:
    """A deployment that ran when the cloud ended is stopped: its stack's update goes on with a new one."""
    with core("core.responses").request_scope(ACCOUNT, REGION):
        for one in store.deployments():
            if not one.ended:
                stop(one.id, "The local cloud stopped during the deployment")
    for one in store.deployments():  # a state that was saved between the end of a deployment and the alias
        if one.status in (STOPPED, FAILED) and _is_weighted(one):
            _set_alias(replace(one, share=0.0))


def _is_weighted(one: Deployment) -> bool:
    function = service("lambda_svc")._functions.get_scoped(ACCOUNT, REGION, one.function, None) or {}
    alias = (function.get("aliases") or {}).get(one.alias) or {}
    return one.new in ((alias.get("RoutingConfig") or {}).get("AdditionalVersionWeights") or {})


MANAGED = {
    "Version": "2012-10-17",
    "Statement": [
        {
            "Effect": "Allow",
            "Action": [
                "cloudwatch:DescribeAlarms",
                "lambda:UpdateAlias",
                "lambda:GetAlias",
                "lambda:GetProvisionedConcurrencyConfig",
                "sns:Publish",
            ],
            "Resource": "*",
        },
        {
            "Effect": "Allow",
            "Action": "lambda:InvokeFunction",
            "Resource": "arn:aws:lambda:*:*:function:CodeDeployHook_*",
        },
    ],
}


@patch
def the_role_of_sam_allows_what_it_allows_on_aws() -> None:
    """SAM gives CodeDeploy a role with the managed policy AWSCodeDeployRoleForLambda. The engine does not have it."""
    iam = core("services.iam")
    name = "service-role/AWSCodeDeployRoleForLambda"
    document = engine_delivery.engine_json(MANAGED)
    record = iam._make_aws_managed_record(name, document, "Lets CodeDeploy shift Lambda aliases")
    iam._aws_managed_policies[f"{iam._AWS_MANAGED_POLICY_PREFIX}{name}"] = record
