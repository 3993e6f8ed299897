"""The execution makes the units available that can be sold again."""

from collections.abc import Mapping
from typing import Any

from ecom.aws import create_during_init
from returns_service import bootstrap
from returns_service.domain import Return
from returns_service.step_handler import step


@step
def handler(event: Mapping[str, Any], _correlation_id: str) -> Return:
    return bootstrap.restocking().restock(event["returnId"])


create_during_init(bootstrap.restocking)
