"""Any event of the platform -> whoever listens to its source. The message is the event, as EventBridge gave it."""

from typing import Any

from ecom import jsons
from ecom.errors import TryAgain
from platform_service import bootstrap


def handler(event: dict[str, Any], _context: object) -> None:
    """Post to every listener; one that is gone is forgotten, any other failure is raised after all were tried."""
    listeners, failed = bootstrap.listeners(), []
    message = jsons.dumps(event).encode()
    for connection in listeners.of(event["source"]):
        try:
            if not bootstrap.connections().post(connection, message):
                listeners.remove(event["source"], connection)
        except TryAgain as error:
            failed.append(error)
    if failed:
        raise failed[0]
