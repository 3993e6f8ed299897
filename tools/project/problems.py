"""What a user can mend: a problem is one readable line that says what is wrong and what to do."""


class Problem(Exception):
    """Ends a verb with its message as the only output; no stack trace."""


class WrongUse(Problem):
    """The command itself is wrong (unknown verb, service or environment): exit code 2 instead of 1."""
