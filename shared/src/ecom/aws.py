"""AWS clients: one per AWS service and execution environment, with explicit time-outs and standard retries."""

import logging
import os
from collections.abc import Callable, Mapping
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from ecom import deadline

if TYPE_CHECKING:
    from botocore.credentials import Credentials

    from ecom.http import SignedClient

CONNECT_SECONDS = 1.0
# DynamoDB answers within milliseconds, or its partition is in trouble.
DYNAMODB_READ_SECONDS, DYNAMODB_ATTEMPTS = 2.5, 2
DYNAMODB_ATTEMPT_SECONDS = CONNECT_SECONDS + DYNAMODB_READ_SECONDS
THROTTLED = frozenset(("ThrottlingException", "TooManyRequestsException"))
LONGEST_WAIT_SECONDS = 1.0  # botocore's wait before the second attempt in the mode `standard`


def _boto3() -> Any:
    """boto3, whose log lines are warnings only. With JSON logs, AWS's runtime sets the level of all loggers to the
    function's, and the SDK would write lines about credentials and endpoints at each cold start."""
    import boto3

    logging.getLogger("botocore").setLevel(logging.WARNING)
    return boto3


@lru_cache(maxsize=16)
def client(
    service: str,
    endpoint_url: str | None = None,
    *,
    attempts: int = 3,
    connect_seconds: float = CONNECT_SECONDS,
    read_seconds: float = 5,
) -> Any:
    """The boto3 client, created on first use. `attempts=1` for requests that must never be repeated."""
    boto3 = _boto3()
    from botocore.config import Config

    settings = Config(
        connect_timeout=connect_seconds,
        read_timeout=read_seconds,
        retries={"mode": "standard", "total_max_attempts": attempts},
    )
    return boto3.client(service, endpoint_url=endpoint_url, config=settings)


@lru_cache(maxsize=1)
def s3_for_forms() -> Any:
    """The client of S3 for presigned forms. By default boto3 signs them with version 2, and names a host that redirects
    to the region of the bucket, which browsers do not follow with a form."""
    boto3 = _boto3()
    from botocore.config import Config

    settings = Config(
        signature_version="s3v4", s3={"addressing_style": "virtual", "us_east_1_regional_endpoint": "regional"}
    )
    return boto3.client("s3", config=settings)


@lru_cache(maxsize=4)
def dynamodb(endpoint_url: str | None = None) -> Any:
    """The client of DynamoDB. No attempt starts that could outlast the present request (`ecom.deadline`)."""
    made = client("dynamodb", endpoint_url, attempts=DYNAMODB_ATTEMPTS, read_seconds=DYNAMODB_READ_SECONDS)
    made.meta.events.register("before-send.dynamodb", _require_time)
    return made


def _require_time(**_: object) -> None:
    deadline.require(DYNAMODB_ATTEMPT_SECONDS)


@lru_cache(maxsize=4)
def signed_client(service: str = "execute-api") -> "SignedClient":
    """A client that signs requests to API Gateway or AppSync with the function's role. Credentials are read for each
    request, since they rotate."""
    from ecom.http import SignedClient

    boto3 = _boto3()
    session = boto3.DEFAULT_SESSION or boto3.Session()

    def credentials() -> "Credentials":
        found: Credentials | None = session.get_credentials()
        if found is None:
            raise RuntimeError("no credentials: a function has a role, a laptop has `. .local/env`")
        return found

    return SignedClient(credentials, session.region_name, service=service)


def is_busy(response: Mapping[str, Any]) -> bool:
    """Whether AWS throttled a request or failed itself, from the response of botocore's ClientError. Any other refusal
    is a defect of the request, such as a missing right."""
    status = response.get("ResponseMetadata", {}).get("HTTPStatusCode", 400)
    return bool(status == 429 or status >= 500 or response["Error"]["Code"] in THROTTLED)


def create_during_init(*makers: Callable[[], object]) -> None:
    """Called at the end of a handler's module: create what its requests need while Lambda initialises the environment
    on a full processor. Elsewhere nothing happens: importing a handler has no effects, and the first use creates."""
    if "AWS_LAMBDA_INITIALIZATION_TYPE" in os.environ:
        for make in makers:
            make()
