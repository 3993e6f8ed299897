"""Any event of the platform -> the listeners of its source. The message is the event as EventBridge delivers it."""

from collections.abc import Iterator
from typing import Any

from ecom import jsons
from ecom.aws import create_during_init
from ecom.errors import TryAgain
from platform_service import bootstrap
from platform_service.domain import WAIT_SECONDS, may_still_register

LOOK_SECONDS = 0.1


def handler(event: dict[str, Any], _context: object) -> None:
    """Post once to every listener, also to those that register while the event waits for new connections.

    A closed connection is removed. Any other failure is raised after the last listener.
    """
    listeners, failures = bootstrap.listeners(), []
    message, posted = jsons.dumps(event).encode(), set[str]()
    for is_last in _looks():
        # Read before the listeners: a connection that is no longer new is one of them.
        is_complete = is_last or not any(may_still_register(at, bootstrap.now()) for at in listeners.new_connections())
        for connection in listeners.connections_of(event["source"]):
            if connection in posted:
                continue
            posted.add(connection)
            try:
                if not bootstrap.connections().post(connection, message):
                    listeners.remove(event["source"], connection)
            except TryAgain as error:
                failures.append(error)
        if is_complete:
            break
    if failures:
        raise failures[0]


def _looks() -> Iterator[bool]:
    """Whether it is the last look at the table. There are waits between them, of WAIT_SECONDS in all."""
    for _ in range(int(WAIT_SECONDS / LOOK_SECONDS)):
        yield False
        bootstrap.sleep(LOOK_SECONDS)
    yield True


create_during_init(bootstrap.listeners, bootstrap.connections)
