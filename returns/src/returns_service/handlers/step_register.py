"""The first step of an execution. API Gateway started it with a shopper's request, or the table's stream with the id of
a return that GraphQL stored."""

from collections.abc import Mapping
from typing import Any

from ecom.aws import create_during_init
from ecom.errors import InvalidInput
from ecom.validation import is_unicode
from returns_service import bootstrap
from returns_service.domain import Request, Return, refused_request
from returns_service.inputs import request_from, return_id_of
from returns_service.step_handler import step
from returns_service.steps import found

CAUSE = "PUT /returns"


@step
def handler(event: Mapping[str, Any], correlation_id: str) -> Return:
    return_id = event["returnId"]
    if "request" not in event:
        return found(bootstrap.returns(), return_id)
    user_id, body = event["userId"], event["request"]
    try:
        return_id_of(user_id, return_id.removeprefix(f"{user_id}_"))
        request = request_from(body, return_id, user_id, CAUSE)
    except InvalidInput as fault:
        malformed = Request(return_id, user_id, _storable(body.get("orderId")), (), CAUSE)
        refused = refused_request(malformed, fault.message, bootstrap.currency(), bootstrap.runtime.now())
        return bootstrap.returns().add_refused(refused, correlation_id)
    return bootstrap.requesting().register(request, correlation_id)


def _storable(order_id: Any) -> str:
    """The id that the shopper sent, empty when no item can have it."""
    return order_id if isinstance(order_id, str) and is_unicode(order_id) else ""


create_during_init(bootstrap.requesting)
