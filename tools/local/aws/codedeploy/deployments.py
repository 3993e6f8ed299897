"""Deployments of a new version behind an alias, and how one goes on. No clock, thread or engine.

Guarantee: `advance` ends every deployment, by success or with the alias at the old version; a deployment that has ended
does not change any more.
"""

from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any

from tools.local.aws.codedeploy.traffic import DeploymentConfig

IN_PROGRESS, SUCCEEDED, FAILED, STOPPED = "InProgress", "Succeeded", "Failed", "Stopped"
USER, ROLLBACK = "user", "codeDeployRollback"
ALARMED = (
    "One or more alarms have been activated according to the Amazon CloudWatch metrics you selected, and the affected"
    " deployments have been stopped. Activated alarms: "
)


@dataclass(frozen=True)
class Group:
    """A deployment group: which configuration, role and alarms the deployments of one function have."""

    application: str
    name: str
    id: str
    config: str
    role: str
    alarms: tuple[str, ...] = ()
    rolls_back_on: tuple[str, ...] = ()
    ignores_unreadable_alarms: bool = False

    @property
    def key(self) -> str:
        return f"{self.application}/{self.name}"


@dataclass(frozen=True)
class Deployment:
    """One deployment. `share` is what the new version gets of the traffic of the alias."""

    id: str
    application: str
    group: str
    config: str
    function: str
    alias: str
    old: str
    new: str
    created: float
    completed: float = 0.0
    status: str = IN_PROGRESS
    share: float = 0.0
    code: str = ""
    message: str = ""
    creator: str = USER
    rollback: str = ""
    """The deployment that brought the alias back."""
    rollback_of: str = ""

    @property
    def ended(self) -> bool:
        return self.status != IN_PROGRESS

    @property
    def versions(self) -> tuple[str, dict[str, float]]:
        """The main version of the alias and the weight of the other one."""
        if self.ended:
            return (self.new if self.status == SUCCEEDED else self.old), {}
        return self.old, ({self.new: self.share} if self.share else {})

    def to_state(self) -> dict[str, Any]:
        return asdict(self)


def advance(
    one: Deployment, config: DeploymentConfig, now: float, seconds_per_minute: float, activated: Sequence[str]
) -> Deployment:
    """The deployment at a time, given the alarms of its group that are in ALARM."""
    if one.ended:
        return one
    if activated:
        return stopped(one, now, "ALARM_ACTIVE", f"{ALARMED}{', '.join(activated)}")
    share = config.share_after((now - one.created) / seconds_per_minute)
    if share >= 1:
        return replace(one, share=1.0, status=SUCCEEDED, completed=now)
    return replace(one, share=share)


def stopped(one: Deployment, now: float, code: str, message: str, status: str = STOPPED) -> Deployment:
    """The deployment after it was stopped or failed. One that has ended stays as it is."""
    if one.ended:
        return one
    return replace(one, share=0.0, status=status, completed=now, code=code, message=message)


def rollback_of(one: Deployment, new_id: str) -> tuple[Deployment, Deployment]:
    """The stopped deployment, and the deployment that brought the alias back."""
    back = replace(
        one,
        id=new_id,
        config="CodeDeployDefault.LambdaAllAtOnce",
        old=one.new,
        new=one.old,
        created=one.completed,
        status=SUCCEEDED,
        share=1.0,
        code="",
        message="",
        creator=ROLLBACK,
        rollback_of=one.id,
    )
    return replace(one, rollback=new_id), back
