"""Messages to the WebSocket connections of listeners."""

from typing import TYPE_CHECKING

from ecom.errors import TryAgain

if TYPE_CHECKING:
    from mypy_boto3_apigatewaymanagementapi import ApiGatewayManagementApiClient

GONE = "GoneException"


class Connections:
    def __init__(self, client: "ApiGatewayManagementApiClient") -> None:
        self._client = client

    def post(self, connection: str, message: bytes) -> bool:
        """False when the connection is closed. Raises TryAgain when the message may not have been delivered."""
        from botocore.exceptions import ClientError

        try:
            self._client.post_to_connection(ConnectionId=connection, Data=message)
        except ClientError as error:
            if error.response["Error"]["Code"] == GONE:
                return False
            raise TryAgain(f"a listener did not accept the event: {error.response['Error']['Code']}") from error
        return True
