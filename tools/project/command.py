"""The command line of a make target. Wrong use ends in one line: the error, and how to list the options."""

import argparse
import os
import sys
from collections.abc import Callable
from typing import NoReturn

# Exit code of a process that ended by SIGPIPE, as a shell reports it: 128 and the signal.
BROKEN_PIPE = 141
# The same for ctrl-C.
INTERRUPTED = 130


class Parser(argparse.ArgumentParser):
    def error(self, message: str) -> NoReturn:
        self.exit(2, f"{self.prog}: {message}; `{self.prog} ARGS=--help` lists what it takes\n")


def end(main: Callable[[list[str]], int]) -> NoReturn:
    """End the process with the exit code that `main` returns. A closed pipe (`make demo | head`) and ctrl-C print no
    stack trace."""
    try:
        code = main(sys.argv[1:])
        sys.stdout.flush()
    except BrokenPipeError:
        # Python flushes standard output when it exits, and must not fail again.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        code = BROKEN_PIPE
    except KeyboardInterrupt:
        sys.stderr.write("\nstopped\n")
        code = INTERRUPTED
    sys.exit(code)
