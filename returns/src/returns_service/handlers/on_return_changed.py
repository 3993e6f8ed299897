"""The table's stream -> the state machine: start the execution of a new return, end the wait of a decided one."""

from collections.abc import Mapping
from typing import Any

from ecom.aws import create_during_init
from ecom.dynamo import plain
from ecom.observability import describe, logger
from returns_service import bootstrap
from returns_service.domain import Status
from returns_service.rows import RETURN


def handler(event: dict[str, Any], _context: object) -> dict[str, Any]:
    """Lambda reads the stream again from the record that failed: repeats change nothing."""
    for record in event["Records"]:
        stream = record["dynamodb"]
        try:
            handle(plain(stream["NewImage"]))
        except Exception as error:  # whatever it is, Lambda must not read the records before this one again
            logger().error("not delivered to the execution", extra=describe(error))
            return {"batchItemFailures": [{"itemIdentifier": str(stream["SequenceNumber"])}]}
    return {"batchItemFailures": []}


def handle(item: Mapping[str, Any]) -> None:
    return_id = str(item["id"]).removeprefix(RETURN)
    if item["status"] == Status.REQUESTED:
        bootstrap.machine().start(return_id, str(item.get("correlationId", "")))
    else:
        bootstrap.waiting().end_if_decided(return_id)


create_during_init(bootstrap.waiting)
