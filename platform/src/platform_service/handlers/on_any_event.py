"""Any event of the platform -> the listeners of its source. The message is the event as EventBridge delivers it."""

from typing import Any

from ecom import jsons
from ecom.aws import create_during_init
from ecom.errors import TryAgain
from platform_service import bootstrap


def handler(event: dict[str, Any], _context: object) -> None:
    """Post to every listener. A closed connection is removed; any other failure is raised after the last listener."""
    listeners, failures = bootstrap.listeners(), []
    message = jsons.dumps(event).encode()
    for connection in listeners.connections_of(event["source"]):
        try:
            if not bootstrap.connections().post(connection, message):
                listeners.remove(event["source"], connection)
        except TryAgain as error:
            failures.append(error)
    if failures:
        raise failures[0]


create_during_init(bootstrap.listeners, bootstrap.connections)
