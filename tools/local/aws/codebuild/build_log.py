"""The log of a build in CloudWatch Logs, written with the service role while the build runs."""

import threading
import time
from typing import Any

from botocore.exceptions import ClientError

WRITE_SECONDS = 0.5
LONGEST_LINE = 200_000
BATCH = 1_000
MASK = "***"


class BuildLog:
    """Lines of one build. `start` fails when the role may not write; later failures are kept in `problem`."""

    def __init__(self, logs: Any, group: str, stream: str) -> None:
        """Without a group the lines are dropped."""
        self._logs, self._group, self._stream = logs, group, stream
        self._lines: list[tuple[int, str]] = []
        self._lock = threading.Lock()
        self._secrets: list[str] = []
        self._stop = threading.Event()
        self._thread: threading.Thread | None = None
        self.problem = ""

    def start(self) -> None:
        """Create group and stream. Raises ClientError when the role may not."""
        if not self._group:
            return
        for call, names in (
            (self._logs.create_log_group, {"logGroupName": self._group}),
            (self._logs.create_log_stream, {"logGroupName": self._group, "logStreamName": self._stream}),
        ):
            try:
                call(**names)
            except ClientError as error:
                if error.response["Error"]["Code"] != "ResourceAlreadyExistsException" and not self._exists(error):
                    raise
        self._thread = threading.Thread(target=self._run, name="codebuild log", daemon=True)
        self._thread.start()

    def _exists(self, error: ClientError) -> bool:
        """A role without logs:CreateLogGroup writes to a group that exists."""
        return error.operation_name == "CreateLogGroup"

    def mask(self, secret: str) -> None:
        """Replace a value in later lines, as CodeBuild does with secrets and parameters."""
        if secret:
            self._secrets.append(secret)

    def write(self, line: str) -> None:
        for secret in self._secrets:
            line = line.replace(secret, MASK)
        with self._lock:
            self._lines.append((int(time.time() * 1000), line[:LONGEST_LINE] or " "))

    def close(self) -> None:
        """Write what is left."""
        self._stop.set()
        if self._thread is not None:
            self._thread.join()

    def _run(self) -> None:
        while not self._stop.wait(WRITE_SECONDS):
            self._flush()
        self._flush()

    def _flush(self) -> None:
        while True:
            with self._lock:
                batch, self._lines = self._lines[:BATCH], self._lines[BATCH:]
            if not batch:
                return
            try:
                self._logs.put_log_events(
                    logGroupName=self._group,
                    logStreamName=self._stream,
                    logEvents=[{"timestamp": at, "message": line} for at, line in batch],
                )
            except ClientError as error:
                self.problem = str(error)
                return
