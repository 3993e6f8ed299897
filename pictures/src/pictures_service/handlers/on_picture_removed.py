"""The table's stream -> the objects of a removed picture go, and the CDN forgets it."""

from typing import Any

from ecom.aws import create_during_init
from ecom.dynamo import plain
from ecom.observability import describe, logger
from pictures_service import bootstrap
from pictures_service.rows import picture_from


def handler(event: dict[str, Any], _context: object) -> dict[str, Any]:
    """Lambda reads the stream again from the record that failed: repeats change nothing."""
    for record in event["Records"]:
        stream = record["dynamodb"]
        try:
            bootstrap.removing().remove(picture_from(plain(stream["OldImage"])))
        except Exception as error:  # whatever it is, Lambda must not read the records before this one again
            logger().error("objects not removed", extra=describe(error))
            return {"batchItemFailures": [{"itemIdentifier": str(stream["SequenceNumber"])}]}
    return {"batchItemFailures": []}


create_during_init(bootstrap.removing)
