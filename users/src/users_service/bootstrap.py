"""The objects of the service, created on first use, once per execution environment."""

import os
from functools import cache

import users_service
from ecom.aws import client
from ecom.runtime import Runtime
from users_service.user_pool import UserPool

runtime = Runtime(users_service.__file__)


@cache
def user_pool() -> UserPool:
    return UserPool(client("cognito-idp"), os.environ["USER_POOL_ID"])
