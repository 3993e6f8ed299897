"""The platform's own limits: how many executions of a function may handle the queue of a service at once."""

from collections.abc import Iterable, Iterator, Mapping

from tools.bench._measured import Measured
from tools.project.services import Service, of_platform
from tools.scale.limits import Limit, assumptions
from tools.scale.model import resources

SOURCE = "https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-scaling.html"
MAILS = "notifications"


def parameters(service: Service) -> Iterator[tuple[str, int]]:
    """The parameters for the `MaximumConcurrency` of a service's queues, and their defaults."""
    for resource in resources(service.template_path, service.template):
        scaling = (resource.get("Properties") or {}).get("ScalingConfig")
        if scaling:
            name = scaling["MaximumConcurrency"]["Ref"]
            yield name, service.template["Parameters"][name]["Default"]


def messages(measured: Measured) -> dict[str, float]:
    """Service -> messages of one order in its queue."""
    found = {name: units.get("EventBridge deliveries", 0.0) for name, units in measured.by_service.items()}
    return found | {"cart": assumptions()["messages of an order by checkout to cart"]["value"]}


def seconds_used(measured: Measured) -> dict[str, float]:
    """Name -> seconds of the functions that handle the queue of a service, for one order."""
    given = assumptions()
    return {
        _use(service): amount * given["seconds of a mail" if service == MAILS else "seconds of an invocation"]["value"]
        for service, amount in messages(measured).items()
    }


def own_limits(used: Mapping[str, float], services: Iterable[Service] | None = None) -> list[Limit]:
    """One for each queue that an order puts messages in, at the default of its parameter."""
    return [
        Limit(
            name=f"{name} of {service.name}",
            value={"default": default},
            unit="at once",
            uses=(_use(service.name),),
            source=SOURCE,
            date="2026-11-30",
            remedy=f"raise {name} of {service.name}" + (", with SES's quota" if service.name == MAILS else ""),
            note="our own; messages above it wait in the queue",
        )
        for service in services or of_platform().values()
        for name, default in parameters(service)
        if used.get(_use(service.name))
    ]


def _use(service: str) -> str:
    return f"seconds for the queue of {service}, assumed"
