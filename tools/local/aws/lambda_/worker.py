"""One execution environment of one function: its files, environment, process and invocations.

A function sees the standard library, its own package and the AWS SDK; AWS's variables and its own; the temporary
credentials of its role. It sees no file of the checkout and no variable of the server. It ends with the server, even
when the server is killed.
"""

import hashlib
import io
import json
import os
import selectors
import shutil
import tempfile
import threading
import time
import uuid
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass, field
from importlib.util import find_spec
from pathlib import Path
from typing import IO, Any

from tools.local.aws.lambda_.processes import Process, forkserver
from tools.local.aws.logs.function_lines import Format

MARK = b"\x00end\x00\n"
INIT_SECONDS = 60.0
# The maximum size of a function's answer in bytes.
ANSWER_BYTES = 6_291_556
# The packages that AWS's Python runtime has beside the standard library.
SDK = ("boto3", "botocore", "s3transfer", "jmespath", "dateutil", "six", "urllib3")
RESERVED = ("AWS_REGION", "AWS_DEFAULT_REGION", "AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN",
            "AWS_LAMBDA_", "_HANDLER", "_X_AMZN_TRACE_ID", "LAMBDA_TASK_ROOT", "LAMBDA_RUNTIME_DIR")  # fmt: skip

_files = threading.Lock()


@dataclass(frozen=True)
class Outcome:
    """The outcome of an invocation. `failed` means that `body` is the error that AWS would answer."""

    body: Any
    log: str
    failed: bool = False
    processor_ms: float = 0.0
    """Of the function's process, user and system time. Unknown (0) when the process ended."""

    @property
    def error_type(self) -> str:
        return str(self.body["errorType"]) if self.failed else ""


@dataclass
class Worker:
    """One process, one invocation at a time. It survives a handler that raises, but not a time-out or an exit."""

    config: Mapping[str, Any]
    code: bytes
    credentials: Mapping[str, str]
    endpoint: str
    process: Process | None = None
    stream: str = ""
    """The log stream of the environment that runs, or ran last."""
    _folder: Path | None = None
    _log: "LogPipe | None" = None
    _init_log: str = ""
    _lines: bytes = b""
    _selector: selectors.BaseSelector = field(default_factory=selectors.DefaultSelector)

    def invoke(self, event: Any, request_id: str, arn: str, trace_id: str | None) -> Outcome:
        """Run the handler once. The event and the result are JSON values."""
        if self.process is None or self.process.ended():
            failure = self._start(request_id)
            if failure is not None:
                return failure
        seconds = float(self.config.get("Timeout", 3))
        request = {"event": event, "requestId": request_id, "arn": arn, "seconds": seconds, "traceId": trace_id}
        try:
            self._write(request)
            answer = self._read(seconds)
        except TimeoutError:
            self.stop()
            return self._failure("Sandbox.Timedout", f"Task timed out after {seconds:.2f} seconds", request_id)
        except (EOFError, BrokenPipeError):
            return self._exited(request_id)
        log, used = self._take_log(), float(answer["processorMs"])
        if "error" in answer:
            return Outcome({**answer["error"], "requestId": request_id}, log, failed=True, processor_ms=used)
        size = len(answer["result"].encode("utf-8", "surrogatepass"))
        if size > ANSWER_BYTES:
            text = f"Response payload size ({size} bytes) exceeded maximum allowed payload size ({ANSWER_BYTES} bytes)."
            content = {"errorType": "Function.ResponseSizeTooLarge", "errorMessage": text}
            return Outcome(content, "\n".join(filter(None, [log, text])), failed=True, processor_ms=used)
        return Outcome(json.loads(answer["result"]), log, processor_ms=used)

    def stop(self) -> None:
        """End the process and remove its private folder."""
        if self.process is not None:
            self.process.kill()
            self.process.wait()
            if self._log is not None:
                self._log.end()
            for pipe in (self.process.stdin, self.process.stdout, self.process.stderr):
                self._close(pipe)
            self.process = None
        self.discard()

    def discard(self) -> None:
        if self._folder is not None:
            shutil.rmtree(self._folder, ignore_errors=True)
            self._folder = None

    def _start(self, request_id: str) -> Outcome | None:
        self.stop()
        root = unpack(self.code)
        self._folder = Path(tempfile.mkdtemp(prefix="function-"))
        handler = str(self.config.get("Handler", ""))
        variables = environment(self.config, self.credentials, self.endpoint, root, self._folder)
        self.stream = variables["AWS_LAMBDA_LOG_STREAM_NAME"]
        self.process = forkserver.fork(root, sdk_folder(), handler, variables)
        os.set_blocking(self.process.stdout.fileno(), False)
        self._lines = b""
        self._selector.close()
        self._selector = selectors.DefaultSelector()
        self._selector.register(self.process.stdout, selectors.EVENT_READ)
        self._log = LogPipe(self.process.stderr)
        self._selector.register(self.process.stderr, selectors.EVENT_READ)
        try:
            self._read(INIT_SECONDS)
            self._init_log = self._log.take()
        except TimeoutError:
            self.stop()
            return self._failure("Sandbox.Timedout", f"Init timed out after {INIT_SECONDS:.0f} seconds", request_id)
        except EOFError:
            return self._exited(request_id)
        return None

    def _write(self, request: Mapping[str, Any]) -> None:
        assert self.process is not None  # noqa: S101 - for the type checker
        self.process.stdin.write(json.dumps(request).encode() + b"\n")
        self.process.stdin.flush()

    def _read(self, seconds: float) -> dict[str, Any]:
        """The next line of the process, within a time limit."""
        assert self.process is not None  # noqa: S101 - for the type checker
        assert self._log is not None  # noqa: S101 - for the type checker
        end, answers = time.monotonic() + seconds, self.process.stdout.fileno()
        while b"\n" not in self._lines:
            left = end - time.monotonic()
            ready = self._selector.select(left) if left > 0 else []
            if not ready:
                raise TimeoutError
            for key, _ in ready:
                if key.fd != answers:
                    if not self._log.drain():
                        self._selector.unregister(key.fileobj)
                    continue
                chunk = os.read(answers, 1 << 20)
                if not chunk:
                    raise EOFError
                self._lines += chunk
        line, _, self._lines = self._lines.partition(b"\n")
        content: dict[str, Any] = json.loads(line)
        return content

    def _take_log(self) -> str:
        """The output of the invocation. The first one's log includes the output of the module's import."""
        init, self._init_log = self._init_log, ""
        text = self._log.take() if self._log else ""
        return "\n".join(filter(None, [init, text]))

    def _exited(self, request_id: str) -> Outcome:
        process = self.process
        status = process.wait() if process else 0
        why = f"exit status {status}" if status >= 0 else f"signal: {-status}"
        self.stop()
        return self._failure("Runtime.ExitError", f"Runtime exited with error: {why}", request_id)

    def _failure(self, kind: str, text: str, request_id: str) -> Outcome:
        body = {"errorType": kind, "errorMessage": f"RequestId: {request_id} Error: {text}"}
        line = "" if Format.of(self.config).is_json else body["errorMessage"]  # JSON: the report has it
        return Outcome(body, "\n".join(filter(None, [self._take_log(), line])), failed=True)

    @staticmethod
    def _close(pipe: IO[bytes]) -> None:
        try:
            pipe.close()
        except BrokenPipeError:
            return  # the output that was not sent is lost with the process


class LogPipe:
    """Collects a function's output. A marker line ends each invocation's part.

    The waiting thread reads it during an invocation only: between invocations AWS freezes a function, so it prints
    nothing.
    """

    def __init__(self, pipe: IO[bytes]) -> None:
        self._file = pipe.fileno()
        os.set_blocking(self._file, False)
        self._text = bytearray()
        self._ended = False

    def end(self) -> None:
        """Read the rest. The pipe is not used afterwards."""
        self.drain()
        self._ended = True

    def drain(self) -> bool:
        """Read the available output; False when there will be no more."""
        while not self._ended:
            try:
                chunk = os.read(self._file, 1 << 16)
            except BlockingIOError:
                return True
            if not chunk:
                return False
            self._text += chunk
        return False

    def take(self) -> str:
        """The lines up to the end of the answered invocation, or all lines when it did not answer."""
        self.drain()
        end = self._text.find(MARK)
        text, rest = (self._text, b"") if end < 0 else (self._text[:end], self._text[end + len(MARK) :])
        self._text = bytearray(rest)
        return "\n".join(line for line in text.decode("utf-8", "replace").split("\n") if line)


def environment(
    config: Mapping[str, Any], credentials: Mapping[str, str], endpoint: str, root: Path, folder: Path
) -> dict[str, str]:
    """The complete environment of a function: no variable of the server's."""
    own = (config.get("Environment") or {}).get("Variables") or {}
    region = str(config.get("FunctionArn", ":::")).split(":")[3]
    name, version = str(config.get("FunctionName", "")), str(config.get("Version", "$LATEST"))
    group = (config.get("LoggingConfig") or {}).get("LogGroup") or f"/aws/lambda/{name}"
    form = Format.of(config)
    logging = {"AWS_LAMBDA_LOG_LEVEL": form.application} if form.is_json else {}
    return {
        "AWS_ENDPOINT_URL": endpoint,
        **{key: str(value) for key, value in own.items() if not key.startswith(RESERVED)},
        **credentials,
        "AWS_REGION": region,
        "AWS_DEFAULT_REGION": region,
        "AWS_EXECUTION_ENV": f"AWS_Lambda_{config.get('Runtime', '')}",
        "AWS_LAMBDA_FUNCTION_NAME": name,
        "AWS_LAMBDA_FUNCTION_VERSION": version,
        "AWS_LAMBDA_FUNCTION_MEMORY_SIZE": str(config.get("MemorySize", 128)),
        "AWS_LAMBDA_LOG_GROUP_NAME": str(group),
        "AWS_LAMBDA_LOG_FORMAT": "JSON" if form.is_json else "Text",
        **logging,
        "AWS_LAMBDA_LOG_STREAM_NAME": f"{time.strftime('%Y/%m/%d')}/[{version}]{uuid.uuid4().hex}",
        "AWS_LAMBDA_INITIALIZATION_TYPE": "on-demand",
        "AWS_XRAY_CONTEXT_MISSING": "LOG_ERROR",
        "_HANDLER": str(config.get("Handler", "")),
        "LAMBDA_TASK_ROOT": str(root),
        "PATH": "/usr/local/bin:/usr/bin:/bin",
        "LANG": "en_US.UTF-8",
        "TZ": ":UTC",
        # Its /tmp and HOME: a folder without a user's AWS configuration.
        "TMPDIR": str(folder),
        "HOME": str(folder),
        "AWS_EC2_METADATA_DISABLED": "true",
        "AWS_DISABLE_HOST_PREFIX_INJECTION": "true",
    }


def unpack(code: bytes) -> Path:
    """The package's files, unpacked once for all functions and environments that share it."""
    root = Path(tempfile.gettempdir(), "code-" + hashlib.sha256(code).hexdigest()[:32])
    with _files:
        if not root.exists():
            fresh = Path(tempfile.mkdtemp(prefix="unpack-"))
            with zipfile.ZipFile(io.BytesIO(code)) as archive:
                archive.extractall(fresh)
            fresh.rename(root)
    return root


def sdk_folder() -> Path:
    """A folder with the AWS SDK and none of this environment's other packages."""
    folder = Path(tempfile.gettempdir(), "sdk")
    with _files:
        if not folder.exists():
            fresh = Path(tempfile.mkdtemp(prefix="sdk-"))
            for name in SDK:
                spec = find_spec(name)
                if spec is None or spec.origin is None:
                    raise RuntimeError(f"the package {name} is not installed; run `make up` again")
                source = Path(spec.origin)
                source = source.parent if source.name == "__init__.py" else source
                (fresh / source.name).symlink_to(source)
            fresh.rename(folder)
    return folder
