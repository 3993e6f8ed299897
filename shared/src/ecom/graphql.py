"""A Lambda function behind AppSync fields.

AppSync passes what it returns through one shared resolver (`frontend-api/resolvers/invoke.js`), which turns
`{"error": {"type", "message"}}` into a GraphQL error of that type. So an error is returned as data.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from ecom import deadline, tracing
from ecom.errors import PlatformError
from ecom.observability import report_answer


@dataclass(frozen=True, slots=True)
class Field:
    """The field to resolve, its arguments, the caller, and the correlation id of the request, which is unique."""

    name: str
    arguments: Mapping[str, Any]
    user_id: str | None
    groups: frozenset[str]
    request_id: str = ""


Resolve = Callable[[Field], Any]


def field_of(event: Mapping[str, Any], context: Any = None) -> Field:
    identity = event.get("identity") or {}
    return Field(
        name=event["info"]["fieldName"],
        arguments=event.get("arguments") or {},
        user_id=identity.get("sub"),
        groups=frozenset(identity.get("groups") or ()),
        request_id=tracing.correlation_of(context),
    )


def resolve(event: Mapping[str, Any], fields: Mapping[str, Resolve], context: Any = None) -> Any:
    """Resolve the field. A PlatformError is returned as data with its type; any other error is raised. A failure is
    logged, and counted by the function's version.

    `context` is Lambda's: its time limit ends the work (`ecom.deadline`), and fields that write record
    `Field.request_id`.
    """
    field = field_of(event, context)
    try:
        with tracing.continued(field.request_id), deadline.request(context):
            return fields[field.name](field)
    except PlatformError as error:
        report_answer(error, field=field.name)
        return {"error": {"type": error.type, "message": error.for_callers}}
