"""The size of functions' logs."""

from tools.local.client import Cloud

GROUP = "/aws/lambda/ecommerce-local-"


METRICS = '{"_aws":'  # how a line in CloudWatch's embedded metric format begins


def log_bytes_since(cloud: Cloud, begin: int) -> dict[str, tuple[int, int]]:
    """Bytes of log messages, and those of metrics among them, by function without the prefix of its name. `begin` is in
    milliseconds since 1970."""
    logs = cloud.client("logs")
    found = {}
    for page in logs.get_paginator("describe_log_groups").paginate(logGroupNamePrefix=GROUP):
        for group in page["logGroups"]:
            pages = logs.get_paginator("filter_log_events").paginate(
                logGroupName=group["logGroupName"], startTime=begin
            )
            messages = [event["message"] for part in pages for event in part["events"]]
            sizes = [
                sum(len(message.encode()) for message in messages if message.startswith(start))
                for start in ("", METRICS)
            ]
            found[group["logGroupName"].removeprefix(GROUP)] = (sizes[0], sizes[1])
    return found
