"""Questions at the terminal."""

import sys


def says_yes(question: str) -> bool:
    """Whether the operator answers yes. Without a terminal the answer is no."""
    try:
        return sys.stdin.isatty() and input(question).strip().lower() in ("y", "yes")
    except EOFError:
        return False
