"""The command line of a make target: wrong use is one line that says what is wrong and where the options are."""

import argparse
import os
import sys
from collections.abc import Callable
from typing import NoReturn

# What a shell says of a process that ended because nobody read on (128 and SIGPIPE).
NOBODY_READS = 141
# The same of one that somebody ended with ctrl-C.
INTERRUPTED = 130


class Parser(argparse.ArgumentParser):
    def error(self, message: str) -> NoReturn:
        self.exit(2, f"{self.prog}: {message}; `{self.prog} ARGS=--help` lists what it takes\n")


def end(main: Callable[[list[str]], int]) -> NoReturn:
    """End the process with what `main` answers. A reader who had enough (`make demo | head`) is no error to tell of,
    nor is ctrl-C."""
    try:
        code = main(sys.argv[1:])
        sys.stdout.flush()
    except BrokenPipeError:
        # What is still to be written goes nowhere, so that Python does not complain on its way out.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        code = NOBODY_READS
    except KeyboardInterrupt:
        sys.stderr.write("\nstopped\n")
        code = INTERRUPTED
    sys.exit(code)
