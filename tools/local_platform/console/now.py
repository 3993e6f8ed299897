"""What the page *Now* shows: the services with the events between them, and the alarms that are in ALARM."""

from pathlib import Path

from ecom.times import timestamp
from tools import ROOT
from tools.local_platform.console.catalogue import events_of
from tools.local_platform.console.documents import Alarm, EventOfMap
from tools.project.aws import Target


def service_map(root: Path = ROOT) -> list[EventOfMap]:
    """The events of the templates and schemas in this checkout, as `docs/events.md` has them."""
    return [
        {"name": event.name, "source": event.source, "producer": event.service, "consumers": list(event.consumers)}
        for event in events_of(root)
    ]


def alarms(target: Target) -> list[Alarm]:
    """The alarms in ALARM, the newest first."""
    pages = (
        target.client("cloudwatch")
        .get_paginator("describe_alarms")
        .paginate(StateValue="ALARM", AlarmTypes=["MetricAlarm", "CompositeAlarm"])
    )
    found = [alarm for page in pages for kind in ("MetricAlarms", "CompositeAlarms") for alarm in page.get(kind, [])]
    found.sort(key=lambda alarm: alarm["StateUpdatedTimestamp"], reverse=True)
    return [
        {
            "name": alarm["AlarmName"],
            "description": alarm.get("AlarmDescription", ""),
            "reason": alarm.get("StateReason", ""),
            "since": timestamp(alarm["StateUpdatedTimestamp"]),
        }
        for alarm in found
    ]
