"""Clients with which a service of ours calls this cloud's own APIs, with the credentials of a role.

So a missing permission fails with AWS's message, at the call that needs it.
"""

import functools
import os
from typing import Any

from tools.local.aws.iam.engine_sessions import Credentials
from tools.local.home import REGION


def endpoint() -> str:
    """The URL of this cloud."""
    return f"http://127.0.0.1:{os.environ['GATEWAY_PORT']}"


@functools.cache
def _loader() -> Any:
    """What all sessions share: parsing the models again costs more than the calls."""
    import botocore.loaders  # boto3 takes long to import: the first client does it, not the start of the cloud

    return botocore.loaders.create_loader()


@functools.cache
def _config() -> Any:
    from botocore.config import Config

    return Config(
        retries={"total_max_attempts": 3, "mode": "standard"},
        connect_timeout=5,
        read_timeout=120,
        s3={"addressing_style": "path"},
    )


class Clients:
    """boto3 clients with one set of credentials."""

    def __init__(self, credentials: Credentials) -> None:
        import boto3
        import botocore.session

        self.credentials = credentials
        core = botocore.session.Session()
        core.register_component("data_loader", _loader())
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
            client = self._session.client(service, endpoint_url=endpoint(), config=_config())  # type: ignore[call-overload]  # the stubs know literal names only
            self._made[service] = client
        return self._made[service]
