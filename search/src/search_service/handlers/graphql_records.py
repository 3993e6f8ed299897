"""GraphQL: getHit, putHit."""

from typing import Any

from ecom import graphql
from ecom.aws import create_during_init
from ecom.errors import Unauthorized
from ecom.graphql import Field
from search_service import bootstrap
from search_service.domain import Record, write_text
from search_service.inputs import own_record_id_of, text_of
from search_service.record_view import to_view

ID = "hitId"


def handler(event: dict[str, Any], context: Any) -> Any:
    return graphql.resolve(event, {"getHit": get_record, "putHit": put_record}, context)


def get_record(field: Field) -> dict[str, Any] | None:
    record = bootstrap.records().get(_own_id(field))
    return _view(field, record) if record else None


def put_record(field: Field) -> dict[str, Any]:
    record_id, text = _own_id(field), text_of({"text": field.arguments["text"]})
    record = bootstrap.records().change(record_id, lambda before: write_text(before, record_id, text), field.request_id)
    return _view(field, record)


def _own_id(field: Field) -> str:
    if field.user_id is None:
        raise Unauthorized("sign in first")
    return own_record_id_of(field.user_id, field.arguments[ID])


def _view(field: Field, record: Record) -> dict[str, Any]:
    return {ID: field.arguments[ID], **to_view(record)}


create_during_init(bootstrap.records)
