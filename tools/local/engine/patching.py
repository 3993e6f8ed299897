"""The frame of every touch of the engine: its settings, its modules, and the list of patches.

The engine reads its settings from the process environment when it is first imported, so `configure` comes first,
and its modules are reached through `core` and `service` inside functions, never by an import at the top of a file.
"""

import functools
import importlib
import os
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType
from typing import Any, cast

from tools.local.asgi import Application


@dataclass(frozen=True)
class Settings:
    """What the engine is told before it is imported."""

    port: int
    state: Path
    temporary: Path
    region: str
    account: str


# What the server keeps of the environment it was started in; anything else could be a secret or a surprise.
KEPT = ("PATH", "LANG", "LC_ALL", "TZ", "HOME", "SYSTEMROOT", "COVERAGE_PROCESS_START")


def configure(settings: Settings) -> None:
    """Replace the environment of this process by the engine's settings; before the engine is imported."""
    if "ministack" in sys.modules:
        raise RuntimeError("the engine is imported already; its settings come too late")
    kept = {name: os.environ[name] for name in KEPT if name in os.environ}
    os.environ.clear()
    os.environ.update(
        kept,
        AUTH="true",
        BIND_HOST="127.0.0.1",
        MINISTACK_HOST="127.0.0.1",
        GATEWAY_PORT=str(settings.port),
        MINISTACK_REGION=settings.region,
        MINISTACK_ACCOUNT_ID=settings.account,
        AWS_DEFAULT_REGION=settings.region,
        IOT_MTLS_ENABLED="0",
        SFTP_ENABLED="0",
        PERSIST_STATE="1",
        STATE_DIR=str(settings.state),
        S3_PERSIST="1",
        S3_DATA_DIR=str(settings.state / "s3"),
        # No containers, ever: the engine would otherwise look for a daemon.
        DOCKER_HOST="unix:///nonexistent/docker.sock",
        LAMBDA_EXECUTOR="local",
        # Codes and first passwords are no mail of a service's, and not for every reader of the mailbox.
        COGNITO_EMAIL_ENABLED="false",
        LOG_LEVEL="INFO",
        TMPDIR=str(settings.temporary),
        # botocore inside the engine must not read the user's configuration.
        AWS_CONFIG_FILE=os.devnull,
        AWS_SHARED_CREDENTIALS_FILE=os.devnull,
        AWS_EC2_METADATA_DISABLED="true",
    )


_patches: list[Callable[[], None]] = []


def patch(function: Callable[[], None]) -> Callable[[], None]:
    """Register a patch; all are applied, in order, when the engine has been imported and before it serves."""
    _patches.append(function)
    return function


def application() -> Application:
    """Import the engine, apply every patch, and give its ASGI application."""
    # No containers: the engine does without the package where it is absent, and starts faster.
    sys.modules["docker"] = cast(ModuleType, None)
    app = core("app")
    for apply in _patches:
        apply()
    return cast(Application, app.app)


@functools.cache
def core(name: str) -> Any:
    """A module of the engine, such as `app`, `core.iam_evaluator` or `services.iam`."""
    return importlib.import_module(f"ministack.{name}")


def service(name: str) -> Any:
    """A service module as the engine itself loads it, so that its state is saved with the others."""
    return core("app")._get_module(name)
