"""Conversion between items of the table and pictures. Pure.

The keys of the table are `picture#{pictureId}`, and `product#{productId}` for the ids of a product's pictures.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from ecom.dynamo import Item
from ecom.times import timestamp
from pictures_service.domain import Picture, Status

PICTURE, PRODUCT = "picture#", "product#"


def picture_key(picture_id: str) -> str:
    return f"{PICTURE}{picture_id}"


def product_key(product_id: str) -> str:
    return f"{PRODUCT}{product_id}"


def picture_item(picture: Picture, correlation_id: str) -> Item:
    """A new picture, whose file has not come yet."""
    item: Item = {
        "id": picture_key(picture.picture_id),
        "productId": picture.product_id,
        "contentType": picture.content_type,
        "size": picture.size,
        "status": picture.status.value,
        "createdDate": timestamp(picture.created_at),
        "version": 1,
        "correlationId": correlation_id,
    }
    if picture.expires_at:
        item["expiresAt"] = int(picture.expires_at.timestamp())
    return item


def picture_from(item: Mapping[str, Any]) -> Picture:
    created_at = datetime.fromisoformat(item["createdDate"])
    uploaded, expires = item.get("uploadedDate"), item.get("expiresAt")
    return Picture(
        picture_id=str(item["id"]).removeprefix(PICTURE),
        product_id=item["productId"],
        content_type=item["contentType"],
        size=int(item["size"]),
        created_at=created_at,
        status=Status(item["status"]),
        uploaded_at=datetime.fromisoformat(uploaded) if uploaded else None,
        expires_at=datetime.fromtimestamp(int(expires), created_at.tzinfo) if expires else None,
        reason=item.get("reason", ""),
        width=item.get("width"),
        height=item.get("height"),
    )
