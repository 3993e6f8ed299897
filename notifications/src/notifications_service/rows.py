"""A mail's row as a DynamoDB item. Pure."""

from datetime import datetime

from ecom.dynamo import Item
from ecom.times import timestamp
from notifications_service.domain import KEEP, Kind, MailRow, State


def item_from_row(row: MailRow) -> Item:
    optional = {"correlationId": row.correlation_id, "messageId": row.message_id}
    return {
        "orderId": row.order_id,
        "kind": row.kind.value,
        "state": row.state.value,
        "claim": row.claim,
        "since": timestamp(row.since),
        "expiresAt": int((row.since + KEEP).timestamp()),
        **{name: value for name, value in optional.items() if value},
    }


def row_from_item(item: Item) -> MailRow:
    return MailRow(
        order_id=item["orderId"],
        kind=Kind(item["kind"]),
        state=State(item["state"]),
        claim=item["claim"],
        since=datetime.fromisoformat(item["since"]),
        correlation_id=item.get("correlationId", ""),
        message_id=item.get("messageId", ""),
    )
