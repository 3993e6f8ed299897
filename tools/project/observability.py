"""`observability.yaml` of a service: its own charts and alarms, and by its presence those that every service has.

docs/adr/0038-dashboards-and-alarms-are-generated.md describes the file. The packager makes the resources from it
(tools/deploy/observability/); `tools.project.services` derives the parameters that these take and publish.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tools.project.documents import line_of, read_yaml, relative
from tools.project.problems import Problem

FILE = "observability.yaml"
TOPIC = "AlarmTopicArn"
TOPIC_PARAMETER = "/ecommerce/{Environment}/platform/alarm-topic/arn"
STATISTICS = ("Average", "Maximum", "Minimum", "SampleCount", "Sum", "p50", "p90", "p99")
KEYS = ("charts", "alarms", "queues", "watches")
CHART_KEYS = {"title": True, "metrics": True, "statistic": False}
ALARM_KEYS = {
    "name": True, "metric": True, "statistic": True, "over": True, "means": True, "do": True,
    "function": False, "period": False, "periods": False, "needed": False,
}  # fmt: skip
ALL = "all"
# With fewer values than the percentile needs, a period is as bad as its slowest request.
LEAST_OF_A_PERCENTILE = 3


@dataclass(frozen=True)
class Chart:
    """A chart of business metrics. A metric of another service is written `service.Metric`."""

    title: str
    metrics: tuple[str, ...]
    statistic: str = "Sum"


@dataclass(frozen=True)
class OwnAlarm:
    """An alarm of one service: on a metric that its code counts, or with `function` on one of AWS/Lambda."""

    name: str
    metric: str
    statistic: str
    over: float
    means: str
    do: str
    function: str = ""
    period: int = 60
    periods: int = 1
    needed: int = 0


@dataclass(frozen=True)
class Description:
    charts: tuple[Chart, ...] = ()
    alarms: tuple[OwnAlarm, ...] = ()
    # How many seconds a message may wait in the service's queue before operators hear of it.
    wait_seconds: int = 900
    # Whether it has the dashboard of the platform, and an alarm that follows the alarms of all services.
    watches_all: bool = False


def read(folder: Path) -> Description | None:
    """The description of the service in this folder; None for one that has none. Raises a Problem with its line."""
    path = folder / FILE
    if not path.is_file():
        return None
    document = read_yaml(path)
    _known(path, document, dict.fromkeys(KEYS, False))
    waits = document.get("queues") or {}
    _known(path, waits, {"wait_seconds": True} if waits else {}, "queues")
    if document.get("watches", ALL) != ALL:
        raise Problem(f"{relative(path)}:{line_of(path, 'watches')}: watches must be {ALL}")
    return Description(
        charts=tuple(_chart(path, entry) for entry in document.get("charts") or []),
        alarms=tuple(_alarm(path, entry) for entry in document.get("alarms") or []),
        wait_seconds=int(waits.get("wait_seconds", Description.wait_seconds)),
        watches_all="watches" in document,
    )


def _chart(path: Path, entry: Mapping[str, Any]) -> Chart:
    _known(path, entry, CHART_KEYS, "charts")
    return Chart(str(entry["title"]), tuple(entry["metrics"]), _statistic(path, entry.get("statistic", "Sum")))


def _alarm(path: Path, entry: Mapping[str, Any]) -> OwnAlarm:
    _known(path, entry, ALARM_KEYS, "alarms")
    _statistic(path, entry["statistic"])
    if "make " not in entry["do"]:
        raise Problem(f"{relative(path)}: alarm {entry['name']}: `do` must name a make command, as `make logs ...`")
    if entry["statistic"].startswith("p") and entry.get("needed", entry.get("periods", 1)) < LEAST_OF_A_PERCENTILE:
        raise Problem(
            f"{relative(path)}: alarm {entry['name']}: a percentile of few values is one slow request; "
            f"give it at least {LEAST_OF_A_PERCENTILE} periods"
        )
    return OwnAlarm(**entry)


def _statistic(path: Path, name: str) -> str:
    if name not in STATISTICS:
        raise Problem(f"{relative(path)}: the statistic {name} is none of {', '.join(STATISTICS)}")
    return name


def _known(path: Path, entry: Any, keys: Mapping[str, bool], where: str = "") -> None:
    place = f"{relative(path)}:{line_of(path, where)}" if where else relative(path)
    if not isinstance(entry, Mapping):
        raise Problem(f"{place}: {where or 'the file'} needs maps")
    for key in entry:
        if key not in keys:
            raise Problem(f"{place}: unknown key {key}; known keys: {', '.join(keys)}")
    for key, needed in keys.items():
        if needed and key not in entry:
            raise Problem(f"{place}: the key {key} is missing")


# --- parameters that the generated resources publish and take ---


def alarm_parameter(service: str) -> str:
    """The SSM parameter with the name of the service's composite alarm."""
    return f"/ecommerce/{{Environment}}/{service}/alarm/name"


def template_parameter(service: str) -> str:
    """`delivery-pricing` -> `DeliveryPricingAlarm`: the template parameter that takes it."""
    return "".join(part.capitalize() for part in service.split("-")) + "Alarm"


def observed(root: Path) -> list[str]:
    """The services that have a description."""
    return sorted(path.parent.name for path in root.glob(f"*/{FILE}"))


def consumed(folder: Path, own_topic: bool) -> Iterator[tuple[str, str]]:
    """(template parameter, SSM parameter) that the service's generated resources take."""
    description = read(folder)
    if description is None:
        return
    if not own_topic:
        yield TOPIC, TOPIC_PARAMETER
    if description.watches_all:
        for name in observed(folder.parent):
            if name != folder.name:
                yield template_parameter(name), alarm_parameter(name)
