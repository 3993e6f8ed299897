"""The deliveries table."""

from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Protocol

from delivery_service.domain import Delivery, Shipment, Status, Step
from delivery_service.errors import IllegalStep, NoSuchDelivery
from delivery_service.rows import delivery_from_item, item_from_delivery, shipment_from_item
from ecom import row_history
from ecom.contracts.common import Address
from ecom.dynamo import ConditionFailed, Table
from ecom.pages import Page
from ecom.status_index import StatusIndex
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
    def take_step(
        self, order_id: str, step: Step, now: datetime, request_id: str, shipment: Shipment | None = None
    ) -> None: ...
    def page_of_new(self, token: str | None) -> Page[NewDelivery]: ...


class DeliveriesTable:
    def __init__(self, client: "DynamoDBClient", table: str) -> None:
        self._table = Table(client, table)
        self._index = StatusIndex(self._table, "orderId")

    def get(self, order_id: str) -> Delivery | None:
        item = self._table.get({"orderId": order_id})
        return delivery_from_item(item) if item else None

    def open(self, delivery: Delivery, correlation_id: str) -> None:
        """Store a new delivery. A repeat changes nothing, also after later steps."""
        with suppress(ConditionFailed):
            self._table.put(item_from_delivery(delivery, correlation_id), "attribute_not_exists(orderId)")

    def take_step(
        self, order_id: str, step: Step, now: datetime, request_id: str, shipment: Shipment | None = None
    ) -> None:
        """Take the step, and store the shipment; or raise NoSuchDelivery or IllegalStep and change nothing.

        The SDK repeats a request whose answer was lost: a step that this request took before is no error. Nor is a
        start that names the shipment which the started delivery has.
        """
        named = {"carrier": shipment.carrier, "trackingNumber": shipment.tracking_number} if shipment else {}
        try:
            self._table.update(
                {"orderId": order_id},
                "SET #status = :after, #since = :now, #version = if_not_exists(#version, :zero) + :one, "
                "#history = list_append(if_not_exists(#history, :none), :entry), "
                f"#correlationId = :request{''.join(f', #{name} = :{name}' for name in named)} REMOVE #queue",
                _condition(step),
                before=step.before.value,
                after=step.after.value,
                now=timestamp(now),
                zero=0,
                one=1,
                request=request_id,
                none=[],
                entry=[row_history.entry(now, step.after.value, request_id)],
                **named,
            )
        except ConditionFailed as failure:
            item = failure.item
            if item is None:
                raise NoSuchDelivery(order_id) from None
            status = item.get("status", Status.NEW)
            is_repeat = item.get("correlationId") == request_id
            if shipment is not None and shipment.is_named:
                is_repeat = shipment_from_item(item) == shipment
            if status != step.after or not is_repeat:
                raise IllegalStep(order_id, status, step.after) from None

    def page_of_new(self, token: str | None) -> Page[NewDelivery]:
        """Deliveries that staff have not started, the oldest first."""
        page = self._index.oldest(SCOPE, Status.NEW, token, PAGE)
        return Page([NewDelivery(item["orderId"], item.get("address", {})) for item in page.items], page.next_token)


def _condition(step: Step) -> str:
    """The delivery exists and has the status before the step. Without a status, it is new."""
    if step.before is Status.NEW:
        return "attribute_exists(#orderId) AND (#status = :before OR attribute_not_exists(#status))"
    return "#status = :before"
