"""The process that a build's commands run under. It stays alone: standard library only, started with `python -I`.

It reads one command after the other from its standard input, as lines of JSON: `argv`, `env`, `cwd`, `end`. It writes
`end` and the exit status when a command ended. When the input ends, because the cloud closed it or was killed, it kills
its process group: every process that the build started.
"""

import json
import os
import signal
import subprocess
import sys
import threading
from typing import Any


def main() -> None:
    running: list[dict[str, Any]] = []
    arrived = threading.Condition()

    def read() -> None:
        for line in sys.stdin.buffer:
            with arrived:
                running.append(json.loads(line))
                arrived.notify()
        os.killpg(0, signal.SIGKILL)

    threading.Thread(target=read, daemon=True).start()
    while True:
        with arrived:
            while not running:
                arrived.wait()
            asked = running.pop(0)
        code = subprocess.call(asked["argv"], env=asked["env"], cwd=asked["cwd"], stdin=subprocess.DEVNULL)
        sys.stdout.write(f"{asked['end']} {code}\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main()
