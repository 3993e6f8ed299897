"""A user -> the event to publish. Pure."""

from ecom.contracts.users import UserCreated
from ecom.events import Metadata, OutgoingEvent, event_id
from users_service.domain import User

SOURCE = "ecommerce.users"
SCHEMA_VERSION = "1"


def user_created(user: User, correlation_id: str) -> OutgoingEvent:
    """The same user always gives the same `eventId`."""
    detail: UserCreated = {"userId": user.user_id, "email": user.email}
    return OutgoingEvent(
        source=SOURCE,
        detail_type="UserCreated",
        resources=(user.user_id,),
        detail=detail,
        metadata=Metadata(
            event_id=event_id(SOURCE, f"created:{user.user_id}"),
            schema_version=SCHEMA_VERSION,
            correlation_id=correlation_id,
        ),
    )
