"""ARNs of resources, from their names."""

from collections.abc import Mapping
from typing import Any

from tools.sim.aws_seam import ACCOUNT, REGION


def arn(service: str, rest: str) -> str:
    return f"arn:aws:{service}:{REGION}:{ACCOUNT}:{rest}"


def machine_arn(own: str, properties: Mapping[str, Any]) -> str:
    return arn("states", f"stateMachine:{properties.get('StateMachineName', own)}")
