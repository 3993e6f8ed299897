"""Clients with which a service of ours calls this cloud's own APIs, with the credentials of a role.

So a missing permission fails with AWS's message, at the call that needs it.
"""

import functools
import os
from typing import Any

import boto3
import botocore.loaders
import botocore.session
from botocore.config import Config

from tools.local.aws.iam.engine_sessions import Credentials
from tools.local.home import REGION

_CONFIG = Config(
    retries={"total_max_attempts": 3, "mode": "standard"},
    connect_timeout=5,
    read_timeout=120,
    s3={"addressing_style": "path"},
)


def endpoint() -> str:
    """The URL of this cloud."""
    return f"http://127.0.0.1:{os.environ['GATEWAY_PORT']}"


@functools.cache
def _loader() -> botocore.loaders.Loader:
    return botocore.loaders.create_loader()


class Clients:
    """boto3 clients with one set of credentials."""

    def __init__(self, credentials: Credentials) -> None:
        self.credentials = credentials
        core = botocore.session.Session()
        core.register_component("data_loader", _loader())  # parsing the models again costs more than the calls
        self._session = boto3.Session(
            aws_access_key_id=credentials.key,
            aws_secret_access_key=credentials.secret,
            aws_session_token=credentials.token,
            region_name=REGION,
            botocore_session=core,
        )
        self._made: dict[str, Any] = {}

    def __getitem__(self, service: str) -> Any:
        if service not in self._made:
            client = self._session.client(service, endpoint_url=endpoint(), config=_CONFIG)  # type: ignore[call-overload]  # the stubs know literal names only
            self._made[service] = client
        return self._made[service]
