"""Log lines for the console: of a service's functions, or of the one that a target of a rule names."""

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime

from ecom.times import timestamp
from tools.local_platform.console.documents import Logs
from tools.operate.log_lines import PREFIX, about, deployed, functions_of, read
from tools.project.aws import Target
from tools.project.problems import WrongUse
from tools.project.services import discover

MOST = 300


def logs(target: Target, name: str, text: str, since: datetime, *, is_complete: bool = False) -> Logs:
    """The lines since a moment of the invocations that mention the text, if there is one.

    `name` is a service, a function or a queue, without `ecommerce-{environment}-`; a queue stands for the functions of
    its service. `is_complete`: with metrics and Lambda's lines around an invocation. Raises WrongUse for another name.
    """
    client = target.client("logs")
    prefix = f"{PREFIX}ecommerce-{target.environment.name}-"
    functions = named(name, deployed(client, prefix), discover())
    if not functions:
        raise WrongUse(f"no function of {name} is deployed")
    lines = read(client, prefix, functions, int(since.timestamp() * 1000))
    found = [line for line in (about(lines, text) if text else lines) if is_complete or not line.is_frame]
    return {
        "functions": functions,
        "lines": [
            {
                "at": timestamp(datetime.fromtimestamp(line.at / 1000, UTC)),
                "function": line.function,
                "stream": line.stream,
                "text": line.text,
            }
            for line in found[-MOST:]
        ],
        "more": len(found) > MOST,
    }


def named(name: str, functions: Sequence[str], services: Iterable[str]) -> list[str]:
    """The functions of a service or of a queue, or the function itself."""
    known = list(services)
    found = functions_of(functions, name, "", known) if name else []
    if found:
        return found
    service = max((one for one in known if name.startswith(f"{one}-")), key=len, default="")
    return functions_of(functions, service, "", known) if service else []
