"""Creates the objects of the service on first use, once per execution environment."""

import os
from functools import cache

import frontend_api_service
from ecom.aws import signed_client
from ecom.runtime import Runtime
from frontend_api_service.clients import GraphqlApi

runtime = Runtime(frontend_api_service.__file__)


@cache
def api() -> GraphqlApi:
    return GraphqlApi(signed_client("appsync"), os.environ["API_URL"])


def currency() -> str:
    """The currency of orders that name none: older producers sent those."""
    return os.environ["CURRENCY"]
