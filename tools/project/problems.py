"""Errors that the user can correct: one line with what is wrong, where, and what to do."""


class Problem(Exception):
    """Ends a verb. Its message is printed without a stack trace."""


class WrongUse(Problem):
    """Wrong use of the command, such as an unknown verb, service or environment: exit code 2 instead of 1."""
