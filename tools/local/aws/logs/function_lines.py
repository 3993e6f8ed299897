"""What Lambda writes to a function's log, by the function's `LoggingConfig`.

With `LogFormat: Text`, START, END and REPORT frame the function's output. With `LogFormat: JSON`, Lambda's own lines
are records of type `platform.*` with a level, and `SystemLogLevel` and `ApplicationLogLevel` say which lines are kept.
The rules are those of the Lambda Developer Guide, "Log-level filtering" and "Configuring JSON and plain text log
formats".
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

LEVELS = ("TRACE", "DEBUG", "INFO", "WARN", "ERROR", "FATAL")
_PYTHON = {"WARNING": "WARN", "CRITICAL": "FATAL"}
DEFAULT = "INFO"
SUCCESS, ERROR, FAILURE, TIMEOUT = "success", "error", "failure", "timeout"
_STATUS_OF = {"Sandbox.Timedout": TIMEOUT, "Runtime.ExitError": FAILURE}


@dataclass(frozen=True)
class Invocation:
    """One finished invocation."""

    request_id: str
    version: str
    milliseconds: int
    memory: int
    error_type: str = ""
    """Empty: the handler returned."""

    @property
    def status(self) -> str:
        return _STATUS_OF.get(self.error_type, ERROR) if self.error_type else SUCCESS


@dataclass(frozen=True)
class Format:
    is_json: bool = False
    application: str = DEFAULT
    system: str = DEFAULT

    @classmethod
    def of(cls, config: Mapping[str, Any]) -> "Format":
        its = config.get("LoggingConfig") or {}
        if str(its.get("LogFormat", "Text")).upper() != "JSON":
            return cls()
        return cls(True, its.get("ApplicationLogLevel") or DEFAULT, its.get("SystemLogLevel") or DEFAULT)

    def kept(self, output: str) -> list[str]:
        """The lines of the function's output that Lambda sends to CloudWatch Logs."""
        if not self.is_json:
            return output.splitlines()
        lines = (line for line in output.split("\n") if line)
        return [line for line in lines if _reaches(level_of(line), self.application)]

    def framed(self, lines: Sequence[str], done: Invocation, now: datetime) -> list[str]:
        """The kept lines of one invocation with Lambda's own lines around them."""
        if not self.is_json:
            return _in_text(lines, done)
        time = now.strftime("%Y-%m-%dT%H:%M:%S.") + f"{now.microsecond // 1000:03d}Z"
        own = [
            json.dumps({"time": time, "type": name, "record": record}, separators=(",", ":"))
            if _reaches(level, self.system)
            else ""
            for name, level, record in _records(done)
        ]
        return [line for line in (own[0], *lines, *own[1:]) if line]


def level_of(line: str) -> str:
    """The level of a line of output. It is INFO without a valid level or without a valid time (RFC 3339): metrics and
    what `print` writes are INFO."""
    if not line.startswith("{"):
        return DEFAULT
    try:
        record = json.loads(line)
    except (ValueError, RecursionError):
        return DEFAULT
    level = str(record.get("level", "")).upper()
    level = _PYTHON.get(level, level)
    return level if level in LEVELS and _is_time(record.get("timestamp")) else DEFAULT


def _is_time(value: Any) -> bool:
    try:
        return datetime.fromisoformat(str(value)).tzinfo is not None and "," not in str(value)
    except ValueError:
        return False


def _reaches(level: str, least: str) -> bool:
    return LEVELS.index(level) >= LEVELS.index(least)


def _in_text(lines: Sequence[str], done: Invocation) -> list[str]:
    took = f"Duration: {done.milliseconds} ms\tBilled Duration: {done.milliseconds} ms\tMemory Size: {done.memory} MB"
    return [
        f"START RequestId: {done.request_id} Version: {done.version}",
        *lines,
        f"END RequestId: {done.request_id}",
        f"REPORT RequestId: {done.request_id}\t{took}\tMax Memory Used: {done.memory} MB",
    ]


def _records(done: Invocation) -> Iterator[tuple[str, str, dict[str, Any]]]:
    """Lambda's own records of an invocation, each with its level."""
    failed = {"errorType": done.error_type} if done.error_type else {}
    outcome = {"requestId": done.request_id, "status": done.status, **failed}
    metrics = {
        "durationMs": done.milliseconds,
        "billedDurationMs": done.milliseconds,
        "memorySizeMB": done.memory,
        "maxMemoryUsedMB": done.memory,
    }
    yield "platform.start", "INFO", {"requestId": done.request_id, "version": done.version}
    yield "platform.runtimeDone", "WARN" if failed else "DEBUG", outcome
    yield "platform.report", "WARN" if failed else "INFO", {**outcome, "metrics": metrics}
