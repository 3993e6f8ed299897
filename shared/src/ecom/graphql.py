"""A Lambda behind an AppSync field.

What it returns goes through the resolvers' one shared handler (`frontend-api/resolvers/invoke.js`), which turns
`{"error": {"type", "message"}}` into a GraphQL error of that type. So errors leave here as data, from their types.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from ecom.errors import CallerFault, PlatformError
from ecom.observability import logger


@dataclass(frozen=True, slots=True)
class Field:
    """One field being resolved, by whom, with which arguments."""

    name: str
    arguments: Mapping[str, Any]
    user_id: str | None
    groups: frozenset[str]


Resolve = Callable[[Field], Any]


def field_of(event: Mapping[str, Any]) -> Field:
    identity = event.get("identity") or {}
    return Field(
        name=event["info"]["fieldName"],
        arguments=event.get("arguments") or {},
        user_id=identity.get("sub"),
        groups=frozenset(identity.get("groups") or ()),
    )


def resolve(event: Mapping[str, Any], fields: Mapping[str, Resolve]) -> Any:
    """Answer the field; a PlatformError becomes typed data, anything else is raised and its text stays hidden."""
    field = field_of(event)
    try:
        return fields[field.name](field)
    except CallerFault as error:
        return {"error": {"type": error.type, "message": error.message}}
    except PlatformError as error:
        logger().warning("refused", extra={"field": field.name, "error_type": error.type, "reason": error.message})
        return {"error": {"type": error.type, "message": error.message}}
