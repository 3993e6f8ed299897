"""ARNs of resources, from their names."""

from collections.abc import Mapping
from typing import Any

from tools.sim.aws_seam import ACCOUNT, REGION

# The destination of what AWS drops, because the template names no dead-letter queue or bucket.
NOWHERE = "nowhere"


def arn(service: str, rest: str) -> str:
    return f"arn:aws:{service}:{REGION}:{ACCOUNT}:{rest}"


def machine_arn(own: str, properties: Mapping[str, Any]) -> str:
    return arn("states", f"stateMachine:{properties.get('StateMachineName', own)}")
