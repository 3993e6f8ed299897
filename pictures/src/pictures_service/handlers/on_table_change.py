"""The table's stream -> PictureReady, PictureRefused, PictureDeleted."""

from typing import Any

from ecom.aws import create_during_init
from pictures_service import bootstrap
from pictures_service.events import SOURCE, events_for


def handler(event: dict[str, Any], _context: object) -> dict[str, Any]:
    return bootstrap.runtime.publish_changes(event, SOURCE, events_for(bootstrap.cdn_url()))


create_during_init(lambda: bootstrap.runtime.publisher)
