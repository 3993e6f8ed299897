"""Every minute: due reservations that no order owns lapse, and the others keep their stock."""

from typing import Any

from ecom.aws import create_during_init
from orders_service import bootstrap, due_reservations


def handler(_event: dict[str, Any], context: Any) -> None:
    due_reservations.settle(
        bootstrap.orders(), bootstrap.warehouse(), lambda: context.get_remaining_time_in_millis() / 1000
    )


create_during_init(bootstrap.orders, bootstrap.warehouse)
