"""Deployment configurations for Lambda: which share of the traffic the new version gets, and when.

Page: CodeDeploy User Guide, *Working with deployment configurations in CodeDeploy*. A minute of a configuration lasts
only 6 seconds here; `ECOM_SHIFT_MINUTE_SECONDS` changes that.
"""

import math
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from tools.local.home import LocalCloudError

VARIABLE = "ECOM_SHIFT_MINUTE_SECONDS"
DEFAULT_SECONDS = "6"
LONGEST_MINUTES = 2880
ALL_AT_ONCE, CANARY, LINEAR = "AllAtOnce", "TimeBasedCanary", "TimeBasedLinear"


class Refused(ValueError):
    """CodeDeploy, or this local cloud, does not accept a deployment configuration. The text says why."""


@dataclass(frozen=True)
class DeploymentConfig:
    """How the traffic moves to the new version.

    - AllAtOnce: all of it at the start.
    - TimeBasedCanary: `percent` of it at the start, the rest after `minutes`.
    - TimeBasedLinear: `percent` of it at the start, and `percent` more every `minutes`.
    """

    name: str
    kind: str = ALL_AT_ONCE
    percent: int = 100
    minutes: int = 0

    def share_after(self, passed_minutes: float) -> float:
        """The share of the traffic that the new version has then, from 0 to 1."""
        if self.kind == ALL_AT_ONCE or passed_minutes >= self.total_minutes:
            return 1.0
        steps = 1 if self.kind == CANARY else int(passed_minutes // self.minutes) + 1
        return min(100, steps * self.percent) / 100

    @property
    def total_minutes(self) -> int:
        """After how many minutes the new version gets all traffic."""
        if self.kind == ALL_AT_ONCE:
            return 0
        if self.kind == CANARY:
            return self.minutes
        steps = math.ceil(100 / self.percent)  # the first one is at minute 0
        return (steps - 1) * self.minutes

    def to_api(self) -> dict[str, Any]:
        """The member `trafficRoutingConfig` of the API."""
        if self.kind == ALL_AT_ONCE:
            return {"type": self.kind}
        name = "canary" if self.kind == CANARY else "linear"
        values = {f"{name}Percentage": self.percent, f"{name}Interval": self.minutes}
        return {"type": self.kind, f"timeBased{name.capitalize()}": values}


PREDEFINED = {
    one.name: one
    for one in (
        DeploymentConfig("CodeDeployDefault.LambdaAllAtOnce"),
        *(DeploymentConfig(f"CodeDeployDefault.LambdaCanary10Percent{minutes}Minutes", CANARY, 10, minutes)
          for minutes in (5, 10, 15, 30)),
        DeploymentConfig("CodeDeployDefault.LambdaLinear10PercentEvery1Minute", LINEAR, 10, 1),
        *(DeploymentConfig(f"CodeDeployDefault.LambdaLinear10PercentEvery{minutes}Minutes", LINEAR, 10, minutes)
          for minutes in (2, 3, 10)),
    )
}  # fmt: skip


def config_from(name: str, properties: Mapping[str, Any]) -> DeploymentConfig:
    """The configuration of an AWS::CodeDeploy::DeploymentConfig. Raises Refused."""
    if properties.get("ComputePlatform") != "Lambda":
        raise Refused("only deployment configurations with ComputePlatform Lambda are served here")
    routing = properties.get("TrafficRoutingConfig") or {}
    kind = str(routing.get("Type") or "")
    if kind == ALL_AT_ONCE:
        return DeploymentConfig(name)
    if kind not in (CANARY, LINEAR):
        raise Refused(f"TrafficRoutingConfig.Type must be {ALL_AT_ONCE}, {CANARY} or {LINEAR}")
    word = "Canary" if kind == CANARY else "Linear"
    given = routing.get(kind) or {}
    percent, minutes = (str(given.get(f"{word}{what}") or "") for what in ("Percentage", "Interval"))
    if not (percent.isdecimal() and 1 <= int(percent) <= 99):
        raise Refused(f"{kind}.{word}Percentage must be a whole number from 1 to 99")
    if not (minutes.isdecimal() and 1 <= int(minutes) <= LONGEST_MINUTES):
        raise Refused(f"{kind}.{word}Interval must be a whole number of minutes from 1 to {LONGEST_MINUTES}")
    return DeploymentConfig(name, kind, int(percent), int(minutes))


def seconds_per_minute(environ: Mapping[str, str]) -> float:
    """How many seconds a minute of a deployment lasts here. Raises LocalCloudError when the variable is not valid."""
    text = environ.get(VARIABLE) or DEFAULT_SECONDS
    if not re.fullmatch(r"\d{1,2}(\.\d{1,3})?", text) or not 0 < float(text) <= 60:
        raise LocalCloudError(f"{VARIABLE}={text} must be a number of seconds, over 0 and at most 60")
    return float(text)
