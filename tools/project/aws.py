"""AWS clients of the chosen environment; errors of AWS in one line.

`local` uses the local cloud's endpoint and keys, always explicitly: a request for the local cloud never reaches an AWS
account, and a request for AWS never reaches a local endpoint.
"""

import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from typing import Any
from urllib.parse import urlsplit

import boto3
import botocore.exceptions as faults
from botocore.config import Config

from tools.local.client import Cloud
from tools.local.home import Home, LocalCloudError
from tools.project.environments import LOOPBACK, Environment
from tools.project.problems import Problem

_AWS = Config(retries={"mode": "standard", "total_max_attempts": 5}, connect_timeout=5, read_timeout=60)
# A retry does not help: the local cloud answers at once or not at all.
_LOCAL = Config(retries={"mode": "standard", "total_max_attempts": 1}, connect_timeout=5, read_timeout=120)
_EXPIRED = {"ExpiredToken", "ExpiredTokenException", "RequestExpired"}
_UNKNOWN = {"InvalidClientTokenId", "UnrecognizedClientException", "SignatureDoesNotMatch", "AuthFailure"}


@dataclass(frozen=True)
class Target:
    """An environment with credentials and an endpoint."""

    environment: Environment
    session: boto3.Session
    endpoint: str | None = None

    def client(self, service: str) -> Any:
        return self.session.client(  # type: ignore[call-overload]  # the stubs know literal names only
            service,
            region_name=self.environment.region,
            endpoint_url=self.endpoint,
            config=_LOCAL if self.environment.is_local else _AWS,
        )

    @cached_property
    def cloudformation(self) -> Any:
        return self.client("cloudformation")

    @cached_property
    def s3(self) -> Any:
        return self.client("s3")

    @cached_property
    def ssm(self) -> Any:
        return self.client("ssm")

    def make_clients(self) -> None:
        """Make the clients before several threads use them: a session of boto3 is for one thread, a client for many
        (Boto3 documentation, Session, "Multithreading or multiprocessing with sessions")."""
        _ = self.cloudformation, self.s3, self.ssm
        if not self.environment.is_local:
            _ = self.account

    @cached_property
    def account(self) -> str:
        return str(self.client("sts").get_caller_identity()["Account"])

    def parameters(self, names: list[str]) -> dict[str, str]:
        """Name -> value of those SSM parameters that exist."""
        found: dict[str, str] = {}
        for start in range(0, len(names), 10):
            answer = self.ssm.get_parameters(Names=names[start : start + 10])
            found |= {parameter["Name"]: parameter["Value"] for parameter in answer["Parameters"]}
        return found


def target(environment: Environment, environ: Mapping[str, str] = os.environ) -> Target:
    """Connect to the environment. Raises a Problem when the local cloud is off or credentials are missing."""
    if environment.endpoint:
        return Target(environment, boto3.Session(region_name=environment.region), environment.endpoint)
    if environment.is_local:
        home = Home.from_environment(environ)
        if home.running() is None:
            raise Problem("the local cloud is not running: `make up`")
        cloud = Cloud(home)
        return Target(environment, cloud.session(), cloud.endpoint)
    endpoint = environ.get("AWS_ENDPOINT_URL", "")
    if endpoint and urlsplit(endpoint).hostname in LOOPBACK:
        raise Problem(
            f"ENVIRONMENT={environment.name} is on AWS, but this shell points at {endpoint}; "
            "open a new shell, or run `unset AWS_ENDPOINT_URL AWS_CA_BUNDLE AWS_ACCESS_KEY_ID AWS_SECRET_ACCESS_KEY`"
        )
    session = boto3.Session(region_name=environment.region)
    if session.get_credentials() is None:
        raise faults.NoCredentialsError
    return Target(environment, session)


@contextmanager
def readable(environment: Environment) -> Iterator[None]:
    """Turn the SDK's errors into a Problem with one line."""
    try:
        yield
    except LocalCloudError as error:
        raise Problem(str(error)) from None
    except (faults.NoCredentialsError, faults.PartialCredentialsError):
        raise Problem(
            f"no AWS credentials for ENVIRONMENT={environment.name}; sign in (`aws sso login`, AWS_PROFILE=...), "
            "or leave ENVIRONMENT out for the local cloud"
        ) from None
    except (faults.EndpointConnectionError, faults.ConnectTimeoutError, faults.ReadTimeoutError) as error:
        log = f"see {Home.from_environment().log}, then `make down up`"
        advice = log if environment.is_local else "is the network up?"
        raise Problem(f"{_endpoint(error)} does not answer; {advice}") from None
    except faults.ClientError as error:
        raise Problem(_refusal(error, environment)) from None
    except faults.BotoCoreError as error:
        raise Problem(f"ENVIRONMENT={environment.name}: {' '.join(str(error).split())}") from None


def _endpoint(error: faults.BotoCoreError) -> str:
    return str(error.kwargs.get("endpoint_url", "the cloud"))


def _refusal(error: faults.ClientError, environment: Environment) -> str:
    details = error.response["Error"]
    code, message = details.get("Code", "?"), " ".join(str(details.get("Message", "")).split())
    if code in _EXPIRED:
        return f"the AWS credentials for ENVIRONMENT={environment.name} have expired; sign in again"
    if code in _UNKNOWN:
        advice = "`make down up` writes new ones" if environment.is_local else "sign in again"
        return f"the credentials for ENVIRONMENT={environment.name} are not accepted ({code}); {advice}"
    return f"{error.operation_name} was refused: {code}: {message}"
