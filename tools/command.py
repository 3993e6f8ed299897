"""The command line of a make target: wrong use is one line that says what is wrong and where the options are."""

import argparse
from typing import NoReturn


class Parser(argparse.ArgumentParser):
    def error(self, message: str) -> NoReturn:
        self.exit(2, f"{self.prog}: {message}; `{self.prog} ARGS=--help` lists what it takes\n")
