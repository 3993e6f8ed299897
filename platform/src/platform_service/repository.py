"""Who listens to what. A connection may register for several services; what is stale is dropped by its TTL."""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient


class Listeners:
    def __init__(self, client: "DynamoDBClient", table: str) -> None:
        self._client = client
        self._table = table

    def add(self, service: str, connection: str, expires_at: int) -> None:
        self._client.put_item(
            TableName=self._table,
            Item={
                "serviceName": {"S": service},
                "connectionId": {"S": connection},
                "expiresAt": {"N": str(expires_at)},
            },
        )

    def of(self, service: str) -> list[str]:
        """Connections that listen to a service. Read consistently: a test registers and publishes at once."""
        connections: list[str] = []
        for page in self._client.get_paginator("query").paginate(
            TableName=self._table,
            KeyConditionExpression="serviceName = :service",
            ExpressionAttributeValues={":service": {"S": service}},
            ConsistentRead=True,
        ):
            connections += [item["connectionId"]["S"] for item in page["Items"]]
        return connections

    def remove(self, service: str, connection: str) -> None:
        key = {"serviceName": {"S": service}, "connectionId": {"S": connection}}
        self._client.delete_item(TableName=self._table, Key=key)

    def remove_all(self, connection: str) -> None:
        answer = self._client.query(
            TableName=self._table,
            IndexName="connection",
            KeyConditionExpression="connectionId = :connection",
            ExpressionAttributeValues={":connection": {"S": connection}},
        )
        for item in answer["Items"]:
            self.remove(item["serviceName"]["S"], connection)
