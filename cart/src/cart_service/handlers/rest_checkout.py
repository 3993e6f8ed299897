"""REST: POST /checkout. API Gateway checks the token, and the shape of the body by openapi.yaml, before."""

from collections.abc import Mapping
from typing import Any

from cart_service import bootstrap
from cart_service.checkout_requests import read_request
from ecom import rest
from ecom.aws import create_during_init
from ecom.create_order_client import OrderRefused
from ecom.errors import TryAgain


@rest.readable_by(bootstrap.allowed_origin)
@rest.handler
def handler(event: Mapping[str, Any], context: Any) -> rest.Response:
    request = read_request(rest.body_of(event))
    try:
        ordered = bootstrap.check_out().run(rest.user_of(event), request, str(context.aws_request_id))
    except OrderRefused as refusal:
        return rest.refuse(refusal.status, refusal.problems)
    except TryAgain as error:
        return rest.refuse_as_problem(error)
    return rest.respond(201 if ordered.is_new else 200, {"order": ordered.order})


create_during_init(bootstrap.check_out)
