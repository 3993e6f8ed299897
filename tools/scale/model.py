"""From what one order uses, and AWS's limits and prices: which limit is met at which rate, and what a month costs."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tools.bench import _prices as prices
from tools.bench._measured import Measured
from tools.deploy.gradual_deployment import CONDITION as GRADUAL
from tools.deploy.package import prepared
from tools.project.services import NESTED, Service, read_template
from tools.scale.limits import SECONDS, Limit, assumptions

POLLED = "queues that Lambda polls"


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
    given = assumptions()
    seconds = total["Lambda requests"] * given["seconds of an invocation"]["value"]
    memory = total["Lambda GB-seconds"] / total["Lambda seconds"]
    items = given["items of a hot product's stock"]["value"]
    return {
        **total,
        # The local cloud's durations contain its own waiting. Only the memory, the ratio of the two, is taken from it.
        "Lambda seconds, assumed": seconds,
        "Lambda GB-seconds": seconds * memory,
        "write units of the busiest service": max(measured.written_by_service.values()),
        "write units of an item of a hot product, assumed": given["write units of one product's stock"]["value"]
        / items,
        "transactions on an item of a hot product, assumed": given["transactions on one product's stock"]["value"]
        / items,
    }


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
    """US dollars of a month at that rate of orders, by AWS service."""
    orders = rate * assumptions()["seconds of a month"]["value"]
    return {service: cost * orders for service, cost in prices.of(used).items()}


def at_rest(services: Iterable[Service]) -> dict[str, tuple[int, float]]:
    """Resource type -> how many exist outside prod, and US dollars of a month without a single order."""
    found = dict.fromkeys((*prices.PER_MONTH, POLLED), 0)
    costs = dict.fromkeys(found, 0.0)
    for service in services:
        for resource in resources(service.template_path, prepared(service)):
            if resource["Type"] in prices.PER_MONTH and resource.get("Condition") != GRADUAL:
                found[resource["Type"]] += 1
                costs[resource["Type"]] += prices.PER_MONTH[resource["Type"]] * metrics_of(resource)
            elif (
                resource["Type"] == "AWS::Lambda::EventSourceMapping"
                and "StartingPosition" not in resource["Properties"]
            ):
                found[POLLED] += 1
    polls = assumptions()["idle polls of a queue in a month"]["value"] * prices.PER_MILLION["SQS requests"] / 1e6
    costs[POLLED] = found[POLLED] * polls
    return {kind: (count, costs[kind]) for kind, count in found.items()}


def metrics_of(resource: Mapping[str, Any]) -> int:
    """What the price of a resource is multiplied by: an alarm on an expression costs as much as one for each metric."""
    metrics = [each for each in (resource.get("Properties") or {}).get("Metrics", ()) if "MetricStat" in each]
    return len(metrics) or 1


def resources(path: Path, template: Mapping[str, Any]) -> Iterable[Mapping[str, Any]]:
    """The resources of a template and of its nested local templates."""
    for resource in template["Resources"].values():
        yield resource
        location = (resource.get("Properties") or {}).get(NESTED.get(resource["Type"], ""))
        if isinstance(location, str) and "://" not in location:
            nested = path.parent / location
            yield from resources(nested, read_template(nested))
