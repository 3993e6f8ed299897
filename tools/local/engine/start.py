"""Start the engine: its settings, its import and its patches."""

import os
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType
from typing import cast

from tools.local.asgi import Application
from tools.local.engine.patching import core, patches


@dataclass(frozen=True)
class Settings:
    """The settings of the engine, set before it is imported."""

    port: int
    state: Path
    temporary: Path
    region: str
    account: str


# The variables that the server keeps. Any other could be a secret or change the engine's behaviour.
KEPT = ("PATH", "LANG", "LC_ALL", "TZ", "HOME", "SYSTEMROOT", "COVERAGE_PROCESS_START")


def configure(settings: Settings) -> None:
    """Replace the environment of this process with the engine's settings. Call it before the engine is imported."""
    if "ministack" in sys.modules:
        raise RuntimeError("the engine is imported already; configure it earlier")
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
        # No containers: the engine would otherwise look for a Docker daemon.
        DOCKER_HOST="unix:///nonexistent/docker.sock",
        LAMBDA_EXECUTOR="local",
        LOG_LEVEL="INFO",
        TMPDIR=str(settings.temporary),
        # botocore inside the engine must not read the user's configuration.
        AWS_CONFIG_FILE=os.devnull,
        AWS_SHARED_CREDENTIALS_FILE=os.devnull,
        AWS_EC2_METADATA_DISABLED="true",
    )


def application(modules: Sequence[ModuleType]) -> Application:
    """Import the engine, apply the patches of `modules` in this order, and return the engine's ASGI application.

    The order matters where two patches wrap the same function: the later one is called first.
    """
    forgotten = patches.keys() - {module.__name__ for module in modules}
    if forgotten:
        raise RuntimeError(f"patches of {', '.join(sorted(forgotten))} are registered and not applied")
    # No containers: without the package the engine starts faster.
    sys.modules["docker"] = cast(ModuleType, None)
    app = core("app")
    for module in modules:
        for apply in patches.get(module.__name__, ()):
            apply()
    return cast(Application, app.app)
