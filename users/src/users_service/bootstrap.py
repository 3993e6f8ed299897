"""The objects of the service, created on first use, once per execution environment."""

import os
from functools import cache

import users_service
from ecom.aws import client
from ecom.message_queue import Queue
from ecom.runtime import Runtime
from users_service.user_pool import UserPool

runtime = Runtime(users_service.__file__)


@cache
def new_users() -> Queue:
    """For Cognito's triggers. Cognito waits five seconds: two attempts, with a wait of a second at most, end before."""
    return Queue(client("sqs", attempts=2, connect_seconds=0.5, read_seconds=1), os.environ["QUEUE_URL"])


@cache
def user_pool() -> UserPool:
    return UserPool(client("cognito-idp"), os.environ["USER_POOL_ID"])
