"""The execution pays the shopper back, and ends the return."""

from collections.abc import Mapping
from typing import Any

from ecom.aws import create_during_init
from returns_service import bootstrap
from returns_service.domain import Return
from returns_service.step_handler import step


@step
def handler(event: Mapping[str, Any], correlation_id: str) -> Return:
    return bootstrap.refunding().refund(event["returnId"], correlation_id)


create_during_init(bootstrap.refunding)
