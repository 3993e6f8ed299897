"""Who makes the current request."""

from tools.local.engine.patching import core


def caller_arn() -> str:
    """The ARN of the principal that signed the current request; empty outside of one."""
    return str(core("core.iam_evaluator").caller_arn() or "")
