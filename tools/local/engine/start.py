"""Start the engine: its settings, its import, and all patches of it."""

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


def application(modules: Sequence[ModuleType]) -> Application:
    """Import the engine, apply the patches of `modules` in the given order, and return the engine's ASGI application.

    The order counts where two patches wrap the same function: the later one is called first.
    """
    forgotten = patches.keys() - {module.__name__ for module in modules}
    if forgotten:
        raise RuntimeError(f"patches of {', '.join(sorted(forgotten))} are registered and not applied")
    # No containers: the engine does without the package where it is absent, and starts faster.
    sys.modules["docker"] = cast(ModuleType, None)
    app = core("app")
    for module in modules:
        for apply in patches.get(module.__name__, ()):
            apply()
    return cast(Application, app.app)
