"""The platform's events, printed as they are published, through a temporary rule and queue."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from ecom.money import money
from ecom_client.platform import Platform
from tools.explore.demo.story import Story
from tools.project.services import discover

LOOK_SECONDS = 0.05


@contextmanager
def listening(platform: Platform, story: Story) -> Iterator[None]:
    """Print the services' events while the block runs, including those of newly added services."""
    with platform.events(*sources()) as caught:
        over = threading.Event()

        def follow() -> None:
            printed = 0
            while True:
                last_look = over.is_set()
                seen = caught.receive()
                try:
                    for event in seen[printed:]:
                        story.line("event", line_of(event))
                except BrokenPipeError:
                    return  # standard output is closed; the next step fails in the same way and ends the story
                printed = len(seen)
                if last_look:
                    return
                over.wait(LOOK_SECONDS)

        thread = threading.Thread(target=follow, name="demo-bus", daemon=True)
        thread.start()
        try:
            yield
        finally:
            over.set()
            thread.join(timeout=10)


def sources() -> list[str]:
    return [f"ecommerce.{service.name}" for service in discover().values() if (service.folder / "events").is_dir()]


def line_of(event: dict[str, Any]) -> str:
    source = event["source"].removeprefix("ecommerce.")
    return f"{source:<10} {event['detail-type']:<18} {summary_of(event['detail-type'], event['detail'])}".rstrip()


def summary_of(detail_type: str, detail: dict[str, Any]) -> str:
    """The content of an event, without personal data."""
    if detail_type == "OrderModified":
        names = [name for name in detail["changed"] if name not in ("history", "modifiedDate")]
        return ", ".join(
            f"{name} {detail['new'].get(name)}" if _short(detail["new"].get(name)) else name for name in names
        )
    if detail_type.startswith("Return"):
        goods = ", ".join(f"{line['quantity']} x {line['productId']}" for line in detail["lines"])
        refund = detail.get("refund")
        return goods if refund is None else f"{goods}, {money(refund, detail['currency'])}"
    if "amount" in detail:
        return money(detail["amount"], detail.get("currency", ""))
    if detail_type == "DeliveryStarted":
        return f"{detail.get('carrier', '')} {detail.get('trackingNumber', '')}".strip()
    if detail_type == "StockChanged":
        return f"{detail['productId']}: {detail['available']} available, {detail['level']}"
    if detail_type == "PackageCreated":
        return ", ".join(f"{line['quantity']} x {line['productId']}" for line in detail["products"])
    return ""


def _short(value: Any) -> bool:
    return isinstance(value, str | int)
