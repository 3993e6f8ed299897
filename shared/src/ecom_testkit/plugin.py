"""The pytest plugin: a Lambda context, a fake AWS identity for fast suites, the platform for deployed suites."""

import functools
import os
from collections.abc import Iterator
from pathlib import Path

import botocore.session
import pytest

from ecom import observability
from ecom_client.people import Person, temporary_user
from ecom_client.platform import Platform
from ecom_testkit.lambda_events import LambdaContext
from ecom_testkit.mailbox import Mailbox

# Each session of botocore reads the models of services again, which takes 0.2 s. All sessions of the tests share them.
setattr(botocore.session, "create_loader", functools.cache(botocore.session.create_loader))  # noqa: B010 - not exported

# The variables of each function that counts something, which its template sets.
os.environ.setdefault("ENVIRONMENT", "local")
os.environ.setdefault("POWERTOOLS_SERVICE_NAME", "service_undefined")


@pytest.fixture
def lambda_context() -> LambdaContext:
    return LambdaContext()


@pytest.fixture
def fresh_logger(monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest) -> Iterator[None]:
    """A new logger for the test: a logger writes to the output of its creation, and the logger of a name is shared.

    Request it after `capsys`, which then has the logger's output.
    """
    forget = observability.logger.cache_clear
    monkeypatch.setenv("POWERTOOLS_SERVICE_NAME", request.node.name)
    forget()
    yield
    forget()


@pytest.fixture
def fake_aws(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Credentials for moto: a test cannot reach the user's account or the local cloud by mistake."""
    for name in ("AWS_PROFILE", "AWS_SESSION_TOKEN", "AWS_ENDPOINT_URL"):
        monkeypatch.delenv(name, raising=False)
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "testing")
    for name in ("AWS_REGION", "AWS_DEFAULT_REGION"):
        monkeypatch.setenv(name, "us-east-1")
    for name in ("AWS_CONFIG_FILE", "AWS_SHARED_CREDENTIALS_FILE"):
        monkeypatch.setenv(name, str(tmp_path / "none"))


@pytest.fixture(scope="session")
def platform_outside() -> Platform:
    return Platform.from_environment()


@pytest.fixture
def mailbox(platform_outside: Platform) -> Mailbox:
    found = Mailbox(platform_outside)
    if not found.exists:
        pytest.skip("only the local cloud has a mailbox that a test can read: on AWS, SES sends the mails away")
    return found


@pytest.fixture(scope="session")
def api_key(platform_outside: Platform) -> str:
    return platform_outside.parameter("frontend-api/api/key")


@pytest.fixture(scope="session")
def shopper(platform_outside: Platform) -> Iterator[Person]:
    with temporary_user(platform_outside) as person:
        yield person


@pytest.fixture(scope="session")
def admin(platform_outside: Platform) -> Iterator[Person]:
    with temporary_user(platform_outside, "admin") as person:
        yield person
