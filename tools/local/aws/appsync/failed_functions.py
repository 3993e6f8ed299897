"""The error of a field whose function failed also says which function it was, and where to read its log.

AppSync does not add this: the message alone is AWS's.
"""

from collections.abc import Callable

from tools.local.aws.appsync.errors import FieldError

FAILED = "Lambda:Unhandled"
# The name of a function -> the command that shows its log, or an empty string for a function of another project.
LogCommand = Callable[[str], str]

_commands: list[LogCommand] = []


def register(command: LogCommand | None) -> None:
    """Let errors name the project's own command. Without one they name the log group."""
    _commands[:] = [command] if command else []


def naming_the_function(error: FieldError, function_arn: str) -> FieldError:
    name = function_arn.split(":")[6]
    command = next((found for ask in _commands if (found := ask(name))), "")
    where = f"`{command}` shows why" if command else f"see the log group /aws/lambda/{name}"
    return FieldError(f"{error.message} ({name} failed: {where})", error.error_type, error.info, error.data)
