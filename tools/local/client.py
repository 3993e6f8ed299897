"""AWS clients of the local cloud for tools and tests, and a temporary cloud for a test run.

The endpoint is always explicit, so nothing here can reach an AWS account, whatever the user's configuration contains.
"""

import shlex
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import boto3
from botocore.config import Config

from tools.local import lifecycle
from tools.local.home import ACCOUNT, REGION, Home, LocalCloudError

CONFIG = Config(retries={"total_max_attempts": 1, "mode": "standard"}, read_timeout=120, connect_timeout=5)


def running_cloud() -> "Cloud":
    """The running cloud that `ECOM_LOCAL_DIR` names; raises LocalCloudError when it is not running."""
    home = Home.from_environment()
    if home.running() is None:
        raise LocalCloudError("the local cloud is not running: `make up`")
    return Cloud(home)


@dataclass(frozen=True)
class Cloud:
    """A running local cloud, used with the administrator's credentials."""

    home: Home

    @property
    def endpoint(self) -> str:
        return self.environment["AWS_ENDPOINT_URL"]

    @property
    def environment(self) -> dict[str, str]:
        """The variables that `.local/env` exports. Pass them to a subprocess that uses this cloud."""
        return read_environment(self.home)

    @property
    def account(self) -> str:
        return ACCOUNT

    def session(self, key: str = "", secret: str = "", token: str | None = None) -> boto3.Session:
        """A session with the given credentials, by default the administrator's."""
        values = self.environment
        return boto3.Session(
            aws_access_key_id=key or values["AWS_ACCESS_KEY_ID"],
            aws_secret_access_key=secret or values["AWS_SECRET_ACCESS_KEY"],
            aws_session_token=token,
            region_name=REGION,
        )

    def client(self, service: str, session: boto3.Session | None = None, **options: Any) -> Any:
        """A boto3 client with this cloud's endpoint, by default with the administrator's credentials."""
        options.setdefault("config", CONFIG)
        return (session or self.session()).client(service, endpoint_url=self.endpoint, **options)  # type: ignore[call-overload]  # the stubs know literal names only


def read_environment(home: Home) -> dict[str, str]:
    """The exported variables of `.local/env`."""
    try:
        lines = home.env.read_text().splitlines()
    except FileNotFoundError:
        raise LocalCloudError("the local cloud is not running: `make up`") from None
    pairs = (shlex.split(line.removeprefix("export "))[0] for line in lines if line.startswith("export "))
    return dict(pair.split("=", 1) for pair in pairs)


def session() -> boto3.Session:
    """An administrator's session of the local cloud that `ECOM_LOCAL_DIR` names."""
    return Cloud(Home.from_environment()).session()


def client(service: str) -> Any:
    """An administrator's client of the local cloud that `ECOM_LOCAL_DIR` names."""
    return Cloud(Home.from_environment()).client(service)


@contextmanager
def start_temporary(folder: Path) -> Iterator[Cloud]:
    """Run a new, empty cloud in `folder/.local` on a free port.

    It stops at the end of the block, and also when this process is killed.
    """
    home = Home(folder.resolve() / ".local")
    lifecycle.own(home)
    try:
        lifecycle.start(home, port=0)
        yield Cloud(home)
    finally:
        lifecycle.stop(home)
        lifecycle.disown(home)
