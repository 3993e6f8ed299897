"""Pictures as the GraphQL schema has them. Pure."""

from typing import Any

from ecom import jsons
from ecom.times import timestamp
from pictures_service.domain import Picture, Status, urls_of
from pictures_service.uploading import Form


def picture_view(picture: Picture, cdn: str) -> dict[str, Any]:
    return {
        "pictureId": picture.picture_id,
        "productId": picture.product_id,
        "status": picture.status.value,
        "reason": picture.reason or None,
        "width": picture.width,
        "height": picture.height,
        "urls": urls_of(picture.picture_id, cdn) if picture.status is Status.READY else None,
    }


def form_view(form: Form) -> dict[str, Any]:
    """`fields` is a JSON text: AppSync's AWSJSON."""
    return {
        "pictureId": form.picture_id,
        "url": form.url,
        "fields": jsons.dumps(form.fields),
        "expiresAt": timestamp(form.expires_at),
    }
