"""The table of pictures.

Guarantees: a picture, and its id among those of its product, are written and removed in one transaction, so a product
never has more than its number of pictures. READY and REFUSED are final, whatever comes later or at the same moment.
"""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import TYPE_CHECKING, Any

from ecom.backoff import Backoff
from ecom.dynamo import ConditionFailed, Item, Table, TableBusy, TransactionFailed, Write, can_be_key, transact
from ecom.times import timestamp
from pictures_service.domain import MAX_PICTURES, Picture, Status, in_order
from pictures_service.errors import NoSuchPicture, TooManyConflicts, TooManyPictures
from pictures_service.rows import picture_from, picture_item, picture_key, product_key

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

MAX_ATTEMPTS = 10
NEW = "attribute_not_exists(#id)"
STORED = "attribute_exists(#id)"
HAS_ROOM = "attribute_not_exists(#pictures) OR size(#pictures) < :most"
IS_PENDING = "#status = :pending"


class Pictures:
    def __init__(self, client: "DynamoDBClient", table: str, backoff: Backoff | None = None) -> None:
        self._table = Table(client, table)
        self._backoff = backoff or Backoff(max_attempts=MAX_ATTEMPTS)

    # --- reading ---

    def find(self, picture_id: str) -> Picture | None:
        if not can_be_key(picture_key(picture_id)):
            return None
        item = self._table.get({"id": picture_key(picture_id)})
        return picture_from(item) if item else None

    def of_product(self, product_id: str) -> list[Picture]:
        """In the order of upload."""
        return in_order(self._read(self._ids(product_id)))

    def _ids(self, product_id: str) -> list[str]:
        item = self._table.get({"id": product_key(product_id)}) if can_be_key(product_key(product_id)) else None
        return list(item.get("pictures", ())) if item else []

    def _read(self, picture_ids: Iterable[str]) -> list[Picture]:
        keys: list[Item] = [{"id": picture_key(each)} for each in picture_ids]
        return [picture_from(item) for item in self._table.get_many(keys, consistent=True)]

    # --- writing ---

    def add(self, picture: Picture, correlation_id: str) -> None:
        """Raises TooManyPictures."""
        put = self._table.put_entry(picture_item(picture, correlation_id), NEW)
        count = self._table.update_entry(
            {"id": product_key(picture.product_id)},
            "ADD #pictures :new",
            HAS_ROOM,
            new={picture.picture_id},
            most=MAX_PICTURES,
        )
        try:
            self._write([put, count])
        except TransactionFailed as failure:
            raise TooManyPictures(MAX_PICTURES) from failure

    def note_upload(self, picture_id: str, at: datetime) -> bool:
        """The file of a PENDING picture has come: it no longer expires. Whether the picture is still PENDING. A later
        upload, or a repeat, does not change the time."""
        try:
            self._table.update(
                {"id": picture_key(picture_id)},
                "SET #uploadedDate = if_not_exists(#uploadedDate, :at) REMOVE #expiresAt",
                IS_PENDING,
                at=timestamp(at),
                pending=Status.PENDING.value,
            )
        except ConditionFailed:
            return False
        return True

    def make_ready(self, picture_id: str, width: int, height: int) -> bool:
        return self._finish(picture_id, {"status": Status.READY.value, "width": width, "height": height})

    def refuse(self, picture_id: str, reason: str) -> bool:
        return self._finish(picture_id, {"status": Status.REFUSED.value, "reason": reason})

    def _finish(self, picture_id: str, values: Mapping[str, Any]) -> bool:
        """Whether the picture was PENDING until now."""
        assignments = ", ".join(f"#{name} = :{name}" for name in values)
        update = f"SET {assignments}, #version = #version + :one"
        try:
            self._table.update(
                {"id": picture_key(picture_id)}, update, IS_PENDING, pending=Status.PENDING.value, one=1, **values
            )
        except ConditionFailed:
            return False
        return True

    def remove(self, picture: Picture) -> None:
        """Raises NoSuchPicture."""
        delete = self._table.delete_entry({"id": picture_key(picture.picture_id)}, STORED)
        try:
            self._write([delete, self._without(picture)])
        except TransactionFailed as failure:
            raise NoSuchPicture from failure

    def forget(self, picture: Picture) -> None:
        """Take the id of a picture that DynamoDB has deleted, since its file never came, from its product."""
        transact(self._table.client, [self._without(picture)])

    def _without(self, picture: Picture) -> Write:
        return self._table.update_entry(
            {"id": product_key(picture.product_id)}, "DELETE #pictures :gone", gone={picture.picture_id}
        )

    def _write(self, writes: list[Write]) -> None:
        """Pictures of one product that are added at the same moment meet at the row of the product."""
        for _ in self._backoff.attempts():
            try:
                transact(self._table.client, writes)
            except TableBusy:
                continue
            return
        raise TooManyConflicts
