"""REST: POST /orders. API Gateway checks the API key, and the shape of the body by openapi.yaml, before."""

from collections.abc import Mapping
from typing import Any

from ecom import rest
from ecom.aws import create_during_init
from ecom.create_order_client import OrderRefused
from ecom.errors import TryAgain
from partners_service import bootstrap
from partners_service.order_bodies import read_order


@rest.handler
def handler(event: Mapping[str, Any], context: Any) -> rest.Response:
    wanted = read_order(rest.body_of(event))
    try:
        partner = bootstrap.keys().partner_of(rest.api_key_id_of(event))
        placed = bootstrap.ordering().place(partner, wanted, str(context.aws_request_id))
    except OrderRefused as refusal:
        return rest.refuse(refusal.status, refusal.problems)
    except TryAgain as error:
        return rest.refuse_as_problem(error)
    return rest.respond(201 if placed.is_new else 200, placed.order)


create_during_init(bootstrap.keys, bootstrap.ordering)
