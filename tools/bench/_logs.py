"""The cost of functions, from the lines that Lambda writes to their logs."""

import re
from dataclasses import dataclass

from tools.local.client import Cloud

GROUP = "/aws/lambda/ecommerce-local-"
_REPORT = re.compile(r"Billed Duration: (\d+) ms\s+Memory Size: (\d+) MB")


@dataclass
class Logged:
    invocations: int = 0
    billed_ms: int = 0
    gb_seconds: float = 0.0
    bytes: int = 0

    def add(self, message: str) -> None:
        self.bytes += len(message.encode())
        if message.startswith("START "):
            self.invocations += 1
        elif found := _REPORT.search(message) if message.startswith("REPORT ") else None:
            self.billed_ms += int(found[1])
            self.gb_seconds += int(found[1]) / 1000 * int(found[2]) / 1024


def logged_since(cloud: Cloud, begin: int) -> dict[str, Logged]:
    """Log figures by function, without the prefix of its name. `begin` is in milliseconds since 1970."""
    logs = cloud.client("logs")
    found = {}
    for page in logs.get_paginator("describe_log_groups").paginate(logGroupNamePrefix=GROUP):
        for group in page["logGroups"]:
            one = found[group["logGroupName"].removeprefix(GROUP)] = Logged()
            events = logs.get_paginator("filter_log_events").paginate(
                logGroupName=group["logGroupName"], startTime=begin
            )
            for part in events:
                for event in part["events"]:
                    one.add(event["message"])
    return found
