"""The deliveries table."""

from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Protocol

from delivery_service.domain import Delivery, Status, Step
from delivery_service.errors import IllegalStep, NoSuchDelivery
from delivery_service.rows import delivery_from_item, item_from_delivery
from ecom.contracts.common import Address
from ecom.dynamo import ConditionFailed, Table
from ecom.pages import Page, query_page
from ecom.times import timestamp

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

PAGE = 20
SCOPE = "deliveries"


@dataclass(frozen=True, slots=True)
class NewDelivery:
    """A delivery in the list of new ones."""

    order_id: str
    address: Address


class Deliveries(Protocol):
    """The table and the fake for tests pass the same contract suite."""

    def get(self, order_id: str) -> Delivery | None: ...
    def open(self, delivery: Delivery, correlation_id: str) -> None: ...
    def take_step(self, order_id: str, step: Step, now: datetime, request_id: str) -> None: ...
    def page_of_new(self, token: str | None) -> Page[NewDelivery]: ...


class DeliveriesTable:
    def __init__(self, client: "DynamoDBClient", table: str) -> None:
        self._table = Table(client, table)

    def get(self, order_id: str) -> Delivery | None:
        item = self._table.get({"orderId": order_id})
        return delivery_from_item(item) if item else None

    def open(self, delivery: Delivery, correlation_id: str) -> None:
        """Store a new delivery. A repeat changes nothing, also after later steps."""
        with suppress(ConditionFailed):
            self._table.put(item_from_delivery(delivery, correlation_id), "attribute_not_exists(orderId)")

    def take_step(self, order_id: str, step: Step, now: datetime, request_id: str) -> None:
        """Take the step, or raise NoSuchDelivery or IllegalStep and change nothing.

        The SDK repeats a request whose answer was lost: a step that this request took before is no error.
        """
        try:
            self._table.update(
                {"orderId": order_id},
                "SET #status = :after, #since = :now, #version = #version + :one, #correlationId = :request "
                "REMOVE #queue",
                "#status = :before",
                before=step.before.value,
                after=step.after.value,
                now=timestamp(now),
                one=1,
                request=request_id,
            )
        except ConditionFailed as failure:
            item = failure.item
            if item is None:
                raise NoSuchDelivery(order_id) from None
            if (item["status"], item.get("correlationId")) != (step.after, request_id):
                raise IllegalStep(order_id, item["status"], step.after) from None

    def page_of_new(self, token: str | None) -> Page[NewDelivery]:
        """Deliveries that staff have not started, the oldest first."""
        page = query_page(
            self._table,
            SCOPE,
            token,
            {"orderId": None, "queue": Status.NEW, "since": None},
            PAGE,
            IndexName="queue",
            KeyConditionExpression="queue = :queue",
            values={"queue": Status.NEW.value},
        )
        return Page([NewDelivery(item["orderId"], item["address"]) for item in page.items], page.next_token)
