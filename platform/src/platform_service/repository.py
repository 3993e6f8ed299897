"""The table of listeners: connections, by the service whose events they receive.

A connection can register for several services. Until its first registration it is listed as new. Items of closed
connections expire by TTL.
"""

from typing import TYPE_CHECKING, Protocol

from ecom.dynamo import Item, Table

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient


NEW = "$connect"  # no service has this name


class Listeners(Protocol):
    """The table and the fake for tests pass the same contract suite."""

    def connect(self, connection: str, connected_at: int, expires_at: int) -> None: ...
    def new_connections(self) -> list[int]: ...
    def add(self, service: str, connection: str, expires_at: int) -> None: ...
    def connections_of(self, service: str) -> list[str]: ...
    def remove(self, service: str, connection: str) -> None: ...
    def remove_all(self, connection: str) -> None: ...


class ListenersTable:
    def __init__(self, client: "DynamoDBClient", table: str) -> None:
        self._table = Table(client, table)

    def connect(self, connection: str, connected_at: int, expires_at: int) -> None:
        item = {"serviceName": NEW, "connectionId": connection, "connectedAt": connected_at, "expiresAt": expires_at}
        self._table.put(item)

    def new_connections(self) -> list[int]:
        """When each connection that has not registered yet was opened."""
        return [int(item["connectedAt"]) for item in self._items_of(NEW)]

    def add(self, service: str, connection: str, expires_at: int) -> None:
        """The connection is new until it is registered: at no time it is neither."""
        self._table.put({"serviceName": service, "connectionId": connection, "expiresAt": expires_at})
        self.remove(NEW, connection)

    def connections_of(self, service: str) -> list[str]:
        return [item["connectionId"] for item in self._items_of(service)]

    def _items_of(self, service: str) -> list[Item]:
        """Read consistently: a test registers and publishes immediately."""
        pages = self._table.pages(
            KeyConditionExpression="serviceName = :service", values={"service": service}, ConsistentRead=True
        )
        return [item for items in pages for item in items]

    def remove(self, service: str, connection: str) -> None:
        self._table.delete({"serviceName": service, "connectionId": connection})

    def remove_all(self, connection: str) -> None:
        page = self._table.page(
            IndexName="connection",
            KeyConditionExpression="connectionId = :connection",
            values={"connection": connection},
        )
        for item in page.items:
            self.remove(item["serviceName"], connection)
