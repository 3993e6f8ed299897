"""Any event of the platform -> whoever listens to its source. The message is the event, as EventBridge gave it."""

from typing import Any

from botocore.exceptions import ClientError

from ecom import jsons
from platform_service import bootstrap

GONE = "GoneException"


def handler(event: dict[str, Any], _context: object) -> None:
    """Post to every listener; one that is gone is forgotten, any other failure is raised after all were tried."""
    listeners, failed = bootstrap.listeners(), []
    for connection in listeners.of(event["source"]):
        try:
            bootstrap.connections().post_to_connection(ConnectionId=connection, Data=jsons.dumps(event).encode())
        except ClientError as error:
            if error.response["Error"]["Code"] == GONE:
                listeners.remove(event["source"], connection)
            else:
                failed.append(error)
    if failed:
        raise failed[0]
