"""`python -m tools.operate.logs SERVICE-FUNCTION`: the last log lines of a function of the local platform."""

import sys
from datetime import UTC, datetime
from typing import Any

from tools.local.client import running_cloud
from tools.local.home import LocalCloudError
from tools.project.command import end

LINES = 100
GROUP = "/aws/lambda/ecommerce-local-"


def main(argv: list[str]) -> int:
    usage = "usage: python -m tools.operate.logs SERVICE-FUNCTION, such as products-graphql-get-products\n"
    if argv in (["-h"], ["--help"]):
        sys.stdout.write(usage)
        return 0
    if len(argv) != 1:
        sys.stderr.write(usage)
        return 2
    try:
        logs = running_cloud().client("logs")
    except LocalCloudError as error:
        sys.stderr.write(f"logs: {error}\n")
        return 1
    pages = logs.get_paginator("describe_log_groups").paginate(logGroupNamePrefix=GROUP)
    names = sorted(group["logGroupName"].removeprefix(GROUP) for page in pages for group in page["logGroups"])
    if argv[0] not in names:
        sys.stderr.write(f"logs: no function {argv[0]} is deployed; deployed are {', '.join(names) or 'none'}\n")
        return 1
    events = latest(logs, GROUP + argv[0])
    if not events:
        sys.stderr.write(f"logs: {argv[0]} has logged nothing yet\n")
    for event in events:
        when = datetime.fromtimestamp(event["timestamp"] / 1000, UTC)
        sys.stdout.write(f"{when:%H:%M:%S} {event['message'].rstrip()}\n")
    return 0


def latest(logs: Any, group: str) -> list[dict[str, Any]]:
    pages = logs.get_paginator("filter_log_events").paginate(logGroupName=group)
    events = [event for page in pages for event in page["events"]]
    return sorted(events, key=lambda event: event["timestamp"])[-LINES:]


if __name__ == "__main__":
    end(main)
