"""The composition root: everything is made on first use, once per container."""

from functools import cache

import frontend_api_service
from ecom.aws import client, signed_client
from ecom.dead_letters import DeadLetters
from ecom.schemas import Schemas
from frontend_api_service.clients import Subscribers
from frontend_api_service.config import config


@cache
def subscribers() -> Subscribers:
    return Subscribers(signed_client("appsync"), config().api_url)


@cache
def schemas() -> Schemas:
    return Schemas.of_service(frontend_api_service.__file__)


@cache
def dead_letters() -> DeadLetters:
    return DeadLetters(client("sqs"), config().dead_letter_queue_url)
