"""ProductDeleted -> the pictures of the product are deleted."""

from typing import Any

from ecom.aws import create_during_init
from ecom.contracts.common import Product
from ecom.events import IncomingEvent
from pictures_service import bootstrap


def handler(event: dict[str, Any], _context: object) -> None:
    bootstrap.runtime.handle_event(event, {"ProductDeleted": delete_pictures})


def delete_pictures(event: IncomingEvent[Product]) -> None:
    bootstrap.deleting().of_product(event.detail["productId"], event.time)


create_during_init(bootstrap.deleting)
