"""The table of listeners: connections, by the service whose events they receive.

A connection can register for several services. Registrations of closed connections expire by TTL.
"""

from typing import TYPE_CHECKING, Protocol

from ecom.dynamo import Table

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient


class Listeners(Protocol):
    """The table and the fake for tests pass the same contract suite."""

    def add(self, service: str, connection: str, expires_at: int) -> None: ...
    def connections_of(self, service: str) -> list[str]: ...
    def remove(self, service: str, connection: str) -> None: ...
    def remove_all(self, connection: str) -> None: ...


class ListenersTable:
    def __init__(self, client: "DynamoDBClient", table: str) -> None:
        self._table = Table(client, table)

    def add(self, service: str, connection: str, expires_at: int) -> None:
        self._table.put({"serviceName": service, "connectionId": connection, "expiresAt": expires_at})

    def connections_of(self, service: str) -> list[str]:
        """Read consistently: a test registers and publishes immediately."""
        pages = self._table.pages(
            KeyConditionExpression="serviceName = :service", values={"service": service}, ConsistentRead=True
        )
        return [item["connectionId"] for items in pages for item in items]

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
