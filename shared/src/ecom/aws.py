"""AWS clients: one per service and container, with explicit timeouts and the SDK's standard retries."""

from functools import lru_cache
from typing import Any


@lru_cache(maxsize=16)
def client(service: str, endpoint_url: str | None = None) -> Any:
    """The boto3 client; made on first use."""
    import boto3
    from botocore.config import Config

    settings = Config(connect_timeout=1, read_timeout=5, retries={"mode": "standard", "total_max_attempts": 3})
    return boto3.client(service, endpoint_url=endpoint_url, config=settings)  # type: ignore[call-overload]
