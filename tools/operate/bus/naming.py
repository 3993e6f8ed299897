"""The names of temporary rules, queues and replays: what they are for, and when they were made."""

import re
import secrets
from datetime import UTC, datetime

_NAME = re.compile(r"operator-(?:tail|replay)-[a-z0-9-]+-(\d{8}T\d{6})-[0-9a-f]{6}(?:-\d+)?")
_FORM = "%Y%m%dT%H%M%S"
_LONGEST_ENVIRONMENT = 20  # a rule's name has at most 64 characters


def new_name(kind: str, environment: str, now: datetime) -> str:
    return f"operator-{kind}-{environment[:_LONGEST_ENVIRONMENT]}-{now:{_FORM}}-{secrets.token_hex(3)}"


def prefix_of_temporary(environment: str) -> tuple[str, ...]:
    return tuple(f"operator-{kind}-{environment[:_LONGEST_ENVIRONMENT]}-" for kind in ("tail", "replay"))


def is_temporary(name: str) -> bool:
    return _NAME.fullmatch(name) is not None


def made_at(name: str) -> datetime | None:
    """When a temporary thing was made; None if the name is of something else."""
    found = _NAME.fullmatch(name)
    return datetime.strptime(found[1], _FORM).replace(tzinfo=UTC) if found else None
