"""The folder of a local cloud: `.local/` in the checkout, or `$ECOM_LOCAL_DIR`.

A cloud writes to its folder only. The lock file shows whether its process runs: the kernel releases the lock when the
process ends for any reason, so a stale process id is never trusted.
"""

import fcntl
import json
import os
import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import IO

ROOT = Path(__file__).resolve().parents[2]
REGION = "us-east-1"
ACCOUNT = "000000000000"


class LocalCloudError(Exception):
    """An error that the user can fix. The text is one line that says what to do."""


@dataclass(frozen=True)
class Home:
    """The folder of one local cloud."""

    folder: Path

    @classmethod
    def from_environment(cls, environ: Mapping[str, str] = os.environ) -> "Home":
        chosen = environ.get("ECOM_LOCAL_DIR")
        return cls(Path(chosen).expanduser().resolve() if chosen else ROOT / ".local")

    @property
    def env(self) -> Path:
        return self.folder / "env"

    @property
    def cloud(self) -> Path:
        return self.folder / "cloud.json"

    @property
    def log(self) -> Path:
        return self.folder / "cloud.log"

    @property
    def state(self) -> Path:
        return self.folder / "state"

    @property
    def temporary(self) -> Path:
        return self.folder / "tmp"

    @property
    def certificate(self) -> Path:
        return self.folder / "certificate.pem"

    @property
    def certificate_key(self) -> Path:
        return self.folder / "certificate.key"

    @property
    def lock(self) -> Path:
        return self.folder / "lock"

    def make(self) -> None:
        """Create the folder, readable by its owner only, since `state/` and `env` hold keys."""
        self.folder.mkdir(parents=True, exist_ok=True)
        for private in (self.folder, self.state, self.temporary):
            private.mkdir(mode=0o700, exist_ok=True)
            private.chmod(0o700)

    def wipe(self) -> None:
        """Delete the state and the logs. The port and the certificate stay, since clients are configured for them."""
        for folder in (self.state, self.temporary):
            shutil.rmtree(folder, ignore_errors=True)
        for file in (self.env, self.log, self.folder / "ignored.json"):
            file.unlink(missing_ok=True)

    def read_cloud(self) -> dict[str, object]:
        """What the last server wrote to `cloud.json`; empty when there is no such file."""
        try:
            values = json.loads(self.cloud.read_text())
        except FileNotFoundError:
            return {}
        except ValueError as error:
            raise LocalCloudError(f"{self.cloud} is not JSON ({error}); delete it and start again") from None
        if not isinstance(values, dict):
            raise LocalCloudError(f"{self.cloud} is not a JSON object; delete it and start again")
        return values

    def port(self) -> int | None:
        """The port of this folder's cloud. It is fixed by the first start."""
        port = self.read_cloud().get("port")
        if port is not None and not (type(port) is int and 0 < port < 65536):
            raise LocalCloudError(f"{self.cloud} has no port number; delete it and start again")
        return port if type(port) is int else None

    def endpoint(self) -> str:
        port = self.port()
        if port is None:
            raise LocalCloudError("the local cloud was never started here: run `make up`")
        return f"http://127.0.0.1:{port}"

    def running(self) -> int | None:
        """The process id of the running server, or None. The lock decides, so a crashed process does not count."""
        try:
            handle = self.lock.open("r+")
        except FileNotFoundError:
            return None
        with handle:
            if try_lock(handle, shared=True):
                return None
            text = handle.read().strip()
        return int(text) if text.isdigit() else None


def requested_port(environ: Mapping[str, str] = os.environ) -> int | None:
    """`ECOM_PORT`, where 0 means any free port; None when it is not set."""
    text = environ.get("ECOM_PORT", "")
    if text and not (text.isdecimal() and int(text) < 65536):
        raise LocalCloudError(f"ECOM_PORT={text} is not a port number")
    return int(text) if text else None


def try_lock(handle: IO[str], *, shared: bool = False) -> bool:
    """Take the lock without waiting; False when another process holds it."""
    try:
        fcntl.flock(handle, (fcntl.LOCK_SH if shared else fcntl.LOCK_EX) | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def write_private(path: Path, text: str) -> None:
    """Replace a file atomically. Only its owner can read it, from the first byte on."""
    fresh = path.with_name(path.name + ".new")
    fresh.unlink(missing_ok=True)
    with os.fdopen(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as handle:
        handle.write(text)
    fresh.replace(path)
