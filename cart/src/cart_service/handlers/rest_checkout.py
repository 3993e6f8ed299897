"""REST: POST /checkout. API Gateway checks the token, and the shape of the body by openapi.yaml, before."""

from collections.abc import Mapping
from typing import Any

from cart_service import bootstrap
from cart_service.checkout_requests import read_request
from cart_service.errors import CheckoutRefused
from ecom import rest
from ecom.aws import create_during_init
from ecom.create_order_client import TRY_AGAIN
from ecom.errors import TryAgain
from ecom.observability import count_failed_answer, logger


@rest.readable_by(bootstrap.allowed_origin)
@rest.handler
def handler(event: Mapping[str, Any], context: Any) -> rest.Response:
    request = read_request(rest.body_of(event))
    try:
        ordered = bootstrap.check_out().run(rest.user_of(event), request, str(context.aws_request_id))
    except CheckoutRefused as refusal:
        return _refused(refusal.status, refusal.problems)
    except TryAgain as error:
        return _refused(error.status, [{"code": TRY_AGAIN, "message": error.message}])
    return rest.respond(201 if ordered.is_new else 200, {"order": ordered.order})


def _refused(status: int, problems: list[Mapping[str, Any]]) -> rest.Response:
    if status >= 500:
        logger().warning("try again", extra={"problems": [dict(problem) for problem in problems]})
        count_failed_answer()
        return rest.respond(status, {"message": "the same request may succeed", "problems": problems})
    return rest.respond(status, {"message": "the order is refused", "problems": problems})


create_during_init(bootstrap.check_out)
