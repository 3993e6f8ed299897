"""One execution environment of a function: a fresh interpreter that imports the handler and answers one request.

`cold.py` runs this file with the function's Python, which need not be the Python of the tools: it uses the standard
library only. It reads what to run as JSON from stdin and prints what it measured as JSON.
"""

import importlib
import json
import sys
import time
from typing import Any


class Context:
    """Lambda's context, as far as Powertools and the handlers read it."""

    def __init__(self, name: str, memory: int, seconds: int) -> None:
        self.function_name = name
        self.aws_request_id = "11111111-1111-4111-8111-111111111111"
        self.memory_limit_in_mb = memory
        self.invoked_function_arn = f"arn:aws:lambda:eu-west-1:111122223333:function:{name}:live"
        self._ends = time.monotonic() + seconds

    def get_remaining_time_in_millis(self) -> int:
        return int(1000 * (self._ends - time.monotonic()))


def main() -> None:
    run: dict[str, Any] = json.load(sys.stdin)
    sys.path[:0] = [run["package"]]
    sys.path.append(run["runtime"])
    module, _, function = run["handler"].rpartition(".")
    started = time.process_time()  # the interpreter's own start is before
    handler = getattr(importlib.import_module(module), function)
    initialised = time.process_time()
    measured: dict[str, Any] = {
        "interpreter_ms": 1000 * started,
        "init_ms": 1000 * (initialised - started),
    }
    if run["event"] is not None:
        context = Context(run["name"], run["memory"], run["seconds"])
        begun = time.monotonic()
        measured["answer"] = handler(run["event"], context)
        measured["first_ms"] = 1000 * (time.process_time() - initialised)
        measured["first_wall_ms"] = 1000 * (time.monotonic() - begun)
    # Handlers log to stdout.
    print("\n" + json.dumps(measured))


if __name__ == "__main__":
    main()
