"""The managed pictures of products: what *pictures* announces.

Guarantee: a picture that was deleted is never shown again, whatever order its events come in and however often. A
product that does not exist gets no picture, so a product that is created again has none of the old ones.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from ecom.dynamo import ConditionFailed, Table, TransactionFailed, transact
from products_service.repository import NEXT_VERSION
from products_service.rows import managed_name

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

# Longer than any event can be delivered again: dead letters are kept for 14 days, the archive keeps events for 30.
REMEMBERED = timedelta(days=90)


@dataclass(frozen=True, slots=True)
class ManagedPicture:
    picture_id: str
    product_id: str
    url: str
    uploaded_date: str


class ManagedPictures:
    def __init__(self, client: "DynamoDBClient", products: str, deleted: str, now: Callable[[], datetime]) -> None:
        self._products, self._deleted = Table(client, products), Table(client, deleted)
        self._now = now

    def add(self, picture: ManagedPicture, correlation_id: str) -> None:
        """Repeating it changes nothing."""
        name = managed_name(picture.picture_id)
        stored = {"pictureId": picture.picture_id, "url": picture.url, "uploadedDate": picture.uploaded_date}
        not_deleted = self._deleted.check_entry({"pictureId": picture.picture_id}, "attribute_not_exists(#pictureId)")
        added = self._products.update_entry(
            {"productId": picture.product_id},
            f"SET #{name} = :new, #correlationId = :correlation, {NEXT_VERSION}",
            f"attribute_exists(#productId) AND (attribute_not_exists(#{name}) OR #{name} <> :new)",
            new=stored,
            correlation=correlation_id,
            zero=0,
            one=1,
        )
        try:
            transact(self._products.client, [not_deleted, added])
        except TransactionFailed:
            return  # it was deleted, has no product, or is there already

    def remove(self, picture_id: str, product_id: str, correlation_id: str) -> None:
        """Remember first that it was deleted: from then on it cannot be added."""
        forgotten = int((self._now() + REMEMBERED).timestamp())
        self._deleted.put({"pictureId": picture_id, "expiresAt": forgotten})
        name = managed_name(picture_id)
        try:
            self._products.update(
                {"productId": product_id},
                f"SET #correlationId = :correlation, {NEXT_VERSION} REMOVE #{name}",
                f"attribute_exists(#{name})",
                correlation=correlation_id,
                zero=0,
                one=1,
            )
        except ConditionFailed:
            return  # it was never added, or its product is gone
