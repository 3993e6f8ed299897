"""The table of API keys: which partner each belongs to. `make partner` writes it."""

from typing import TYPE_CHECKING

from ecom.dynamo import Table

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

# No name of a partner begins with it (tools/operate/partner.py).
OF_KEY = "key-"


class PartnerKeys:
    def __init__(self, client: "DynamoDBClient", table: str) -> None:
        self._table = Table(client, table)

    def partner_of(self, key_id: str) -> str:
        """The partner whose key it is. A key that the table does not know is a partner of its own."""
        item = self._table.get({"keyId": key_id})
        return str(item["partner"]) if item else f"{OF_KEY}{key_id}"
