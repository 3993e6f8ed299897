"""From what one order uses, and AWS's limits and prices: which limit is met at which rate, and what a month costs."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tools.bench._measured import Measured
from tools.deploy.gradual_deployment import CONDITION as GRADUAL
from tools.deploy.package import prepared
from tools.project.services import NESTED, Service, of_platform, read_template
from tools.scale import metrics, prices
from tools.scale.limits import SECONDS, Limit, assumptions

FIREWALL, RULE = "AWS::WAFv2::WebACL", "further rule of a firewall"
POLLED = "queues that Lambda polls"
METRIC = "custom metric"
_DERIVED = ("SQS requests", "WAF requests", "X-Ray traces", "archived bytes")


@dataclass(frozen=True)
class Bound:
    """The rate of orders at which a limit is met."""

    limit: Limit
    amount: float
    rate: float


def counts(measured: Measured) -> dict[str, float]:
    """What an order uses, mails included. The assumed amounts say so in their names."""
    total: dict[str, float] = {}
    for part in (measured.units, measured.mails):
        for name, amount in part.items():
            total[name] = total.get(name, 0.0) + amount
    split = by_service(measured).values()
    for name in _DERIVED:
        total[name] = sum(units.get(name, 0.0) for units in split)
    given = assumptions()
    seconds = total["Lambda requests"] * given["seconds of an invocation"]["value"]
    memory = total["Lambda GB-seconds"] / total["Lambda seconds"]
    items = given["items of a hot product's stock"]["value"]
    return {
        **total,
        # The local cloud's durations contain its own waiting. Only the memory, the ratio of the two, is taken from it.
        "Lambda seconds, assumed": seconds,
        "Lambda GB-seconds": sum(units["Lambda GB-seconds"] for units in split) or seconds * memory,
        "write units of the busiest service": max(measured.written_by_service.values()),
        "write units of an item of a hot product, assumed": given["write units of one product's stock"]["value"]
        / items,
        "transactions on an item of a hot product, assumed": given["transactions on one product's stock"]["value"]
        / items,
    }


def by_service(measured: Measured) -> dict[str, dict[str, float]]:
    """Service -> what an order and its mails use of it, with what follows from the counts by assumption."""
    given = assumptions()
    found = {}
    for service, units in measured.by_service.items():
        seconds = units.get("Lambda seconds", 0.0)
        memory = units["Lambda GB-seconds"] / seconds if seconds else 0.0
        requests = units.get("Lambda requests", 0.0)
        messages = units.get("EventBridge deliveries", 0.0) if _has_queue(service) else 0.0
        found[service] = {
            **units,
            "Lambda GB-seconds": requests * given["seconds of an invocation"]["value"] * memory,
            "SQS requests": messages * given["SQS requests of a message"]["value"],
            "WAF requests": units.get("AppSync operations", 0.0),
            "X-Ray traces": requests,
        }
    return found


def _has_queue(service: str) -> bool:
    known = of_platform()
    return service in known and any(
        is_polled(resource) for resource in resources(known[service].template_path, known[service].template)
    )


def is_polled(resource: Mapping[str, Any]) -> bool:
    """Whether the resource has Lambda poll a queue; a mapping with a starting position reads a stream."""
    return resource["Type"] == "AWS::Lambda::EventSourceMapping" and "StartingPosition" not in resource["Properties"]


def bounds(used: Mapping[str, float], known: Iterable[Limit], region: str) -> list[Bound]:
    """The limits in the order in which they are met, without those of which an order uses nothing."""
    found = []
    for limit in known:
        amount = sum(used[name] for name in limit.uses)
        if not amount:
            continue
        found.append(Bound(limit, amount, limit.of(region) / SECONDS[limit.unit] / amount))
    return sorted(found, key=lambda bound: bound.rate)


def monthly(used: Mapping[str, float], rate: float) -> dict[str, float]:
    """US dollars of a month at that rate of orders, by AWS product."""
    orders = rate * assumptions()["seconds of a month"]["value"]
    units = {name: amount * orders for name, amount in used.items()}
    return prices.of({**units, "X-Ray traces": traced(units.get("X-Ray traces", 0.0))})


def traced(requests: float) -> float:
    """How many of a month's requests X-Ray records, if they come evenly: some each second, and a share of the rest."""
    given = assumptions()
    first = float(given["seconds of a month"]["value"] * given["traced requests a second"]["value"])
    share = float(given["traced share of further requests"]["value"])
    return min(requests, first) + max(requests - first, 0.0) * share


def at_rest(services: Iterable[Service]) -> dict[str, tuple[int, float]]:
    """Resource type, or another thing -> how many exist outside prod, and US dollars of a month without an order."""
    services = list(services)
    found = dict.fromkeys((*(kind for kind in prices.PER_MONTH if kind.startswith("AWS::")), POLLED, METRIC), 0)
    costs = dict.fromkeys(found, 0.0)
    for service in services:
        for resource in resources(service.template_path, prepared(service)):
            if resource["Type"] in prices.PER_MONTH and resource.get("Condition") != GRADUAL:
                found[resource["Type"]] += 1
                costs[resource["Type"]] += prices.PER_MONTH[resource["Type"]] * metrics_of(resource)
                costs[resource["Type"]] += prices.PER_MONTH[RULE] * further_rules_of(resource)
            elif is_polled(resource):
                found[POLLED] += 1
    polls = assumptions()["idle polls of a queue in a month"]["value"] * prices.PER_UNIT["SQS requests"][0]
    costs[POLLED] = found[POLLED] * polls
    found[METRIC] = len(metrics.of_code(services)[metrics.EVERY_HOUR])
    costs[METRIC] = found[METRIC] * prices.PER_MONTH[METRIC]
    return {kind: (count, costs[kind]) for kind, count in found.items()}


def further_rules_of(resource: Mapping[str, Any]) -> int:
    """Rules of a firewall beside its first one, which is part of its price."""
    return max(0, len((resource.get("Properties") or {}).get("Rules", ())) - 1) if resource["Type"] == FIREWALL else 0


def metrics_of(resource: Mapping[str, Any]) -> int:
    """What the price of a resource is multiplied by: an alarm on an expression costs as much as one for each metric."""
    read = [each for each in (resource.get("Properties") or {}).get("Metrics", ()) if "MetricStat" in each]
    return len(read) or 1


def resources(path: Path, template: Mapping[str, Any]) -> Iterable[Mapping[str, Any]]:
    """The resources of a template and of its nested local templates."""
    for resource in template["Resources"].values():
        yield resource
        location = (resource.get("Properties") or {}).get(NESTED.get(resource["Type"], ""))
        if isinstance(location, str) and "://" not in location:
            nested = path.parent / location
            yield from resources(nested, read_template(nested))
