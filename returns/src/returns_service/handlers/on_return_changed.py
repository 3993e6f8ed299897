"""The table's stream -> the state machine: start the execution of a new return, end the wait of a decided one."""

from collections.abc import Mapping
from typing import Any

from ecom.aws import create_during_init
from ecom.dynamo import plain
from ecom.table_stream import for_each_record
from returns_service import bootstrap
from returns_service.domain import Status
from returns_service.rows import RETURN


def handler(event: dict[str, Any], _context: object) -> dict[str, Any]:
    return for_each_record(event["Records"], tell_machine)


def tell_machine(record: Mapping[str, Any]) -> None:
    item = plain(record["dynamodb"]["NewImage"])
    return_id = str(item["id"]).removeprefix(RETURN)
    if item["status"] == Status.REQUESTED:
        correlation_id = str(item.get("correlationId", ""))
        bootstrap.machine().start(return_id, {"returnId": return_id, "correlationId": correlation_id})
    else:
        bootstrap.waiting().end_if_decided(return_id)


create_during_init(bootstrap.waiting)
