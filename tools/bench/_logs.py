"""The size of functions' logs."""

from tools.local.client import Cloud

GROUP = "/aws/lambda/ecommerce-local-"


def log_bytes_since(cloud: Cloud, begin: int) -> dict[str, int]:
    """Bytes of log messages by function, without the prefix of its name. `begin` is in milliseconds since 1970."""
    logs = cloud.client("logs")
    found = {}
    for page in logs.get_paginator("describe_log_groups").paginate(logGroupNamePrefix=GROUP):
        for group in page["logGroups"]:
            pages = logs.get_paginator("filter_log_events").paginate(
                logGroupName=group["logGroupName"], startTime=begin
            )
            size = sum(len(event["message"].encode()) for part in pages for event in part["events"])
            found[group["logGroupName"].removeprefix(GROUP)] = size
    return found
