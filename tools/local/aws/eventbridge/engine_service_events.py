"""Events that AWS services put on the default bus."""

import json
from collections.abc import Callable
from typing import Any

from tools.local.engine.patching import service

Listener = Callable[[str, str, dict[str, Any], list[str]], None]
"""(source, detail-type, detail, resources)"""
listeners: list[Listener] = []


def put(source: str, detail_type: str, detail: dict[str, Any], resources: list[str]) -> None:
    """Put an event of a service on the default bus, and tell the listeners."""
    entry = {"Source": source, "DetailType": detail_type, "Detail": json.dumps(detail), "Resources": resources}
    service("eventbridge")._put_events({"Entries": [entry]}, allow_aws_source=True)
    for listener in listeners:
        listener(source, detail_type, detail, resources)
