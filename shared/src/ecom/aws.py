"""AWS clients: one per service and container, with explicit timeouts and the SDK's standard retries."""

from functools import lru_cache
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from botocore.credentials import Credentials

    from ecom.http import SignedClient


@lru_cache(maxsize=16)
def client(
    service: str,
    endpoint_url: str | None = None,
    *,
    attempts: int = 3,
    connect_seconds: float = 1,
    read_seconds: float = 5,
) -> Any:
    """The boto3 client; made on first use. `attempts=1` for what must never be asked twice."""
    import boto3
    from botocore.config import Config

    settings = Config(
        connect_timeout=connect_seconds,
        read_timeout=read_seconds,
        retries={"mode": "standard", "total_max_attempts": attempts},
    )
    return boto3.client(service, endpoint_url=endpoint_url, config=settings)  # type: ignore[call-overload]  # the stubs know literal names only


@lru_cache(maxsize=4)
def signed_client(service: str = "execute-api") -> "SignedClient":
    """Signed requests to API Gateway, or to AppSync, with the function's own identity: one session, whose credentials
    are asked for on each call, since they change while a container lives."""
    import boto3

    from ecom.http import SignedClient

    session = boto3.DEFAULT_SESSION or boto3.Session()

    def credentials() -> "Credentials":
        found = session.get_credentials()
        if found is None:
            raise RuntimeError("no credentials: a function has a role, a laptop has `. .local/env`")
        return found

    return SignedClient(credentials, session.region_name, service=service)
