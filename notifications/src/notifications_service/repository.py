"""The table of mails."""

from contextlib import suppress
from typing import TYPE_CHECKING, Any, Protocol

from ecom.dynamo import ConditionFailed, Table
from notifications_service.domain import MailRow, State
from notifications_service.errors import RowChanged
from notifications_service.rows import item_from_row, row_from_item

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

UNCHANGED = "#claim = :claim AND #state = :state"


class Mails(Protocol):
    """The table and the fake for tests pass the same contract suite.

    Each operation is one conditional write. The SDK repeats a request whose answer was lost: a repeat changes nothing.
    """

    def claim(self, row: MailRow, over: MailRow | None = None) -> None:
        """Write a claim if there is no row, or replace exactly the row `over`. Raises RowChanged."""

    def release(self, row: MailRow) -> None:
        """Delete this claim, if it is still there: the mail was not sent."""

    def mark_sent(self, row: MailRow) -> None:
        """Record that the mail was sent, over any row."""

    def mark_unknown(self, row: MailRow) -> None:
        """Record that the outcome of this claim is unknown. Raises RowChanged when the row is not this claim."""


class MailTable:
    def __init__(self, client: "DynamoDBClient", table: str) -> None:
        self._table = Table(client, table)

    def claim(self, row: MailRow, over: MailRow | None = None) -> None:
        if over is None:
            self._put(row, "attribute_not_exists(orderId)")
        else:
            self._put(row, UNCHANGED, claim=over.claim, state=over.state.value)

    def release(self, row: MailRow) -> None:
        key = {"orderId": row.order_id, "kind": row.kind.value}
        with suppress(ConditionFailed):
            self._table.delete(key, UNCHANGED, claim=row.claim, state=State.CLAIMED.value)

    def mark_sent(self, row: MailRow) -> None:
        self._table.put(item_from_row(row))

    def mark_unknown(self, row: MailRow) -> None:
        self._put(row, UNCHANGED, claim=row.claim, state=State.CLAIMED.value)

    def _put(self, row: MailRow, condition: str, **values: Any) -> None:
        try:
            self._table.put(item_from_row(row), condition, **values)
        except ConditionFailed as failure:
            found = row_from_item(failure.item) if failure.item else None
            if found is None or (found.claim, found.state) != (row.claim, row.state):
                raise RowChanged(found) from None
