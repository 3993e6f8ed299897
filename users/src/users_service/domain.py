"""When a user really exists, and what is said of it. Pure."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from ecom.errors import TryAgain
from ecom.events import Metadata, OutgoingEvent, event_id

SOURCE = "ecommerce.users"
SCHEMA_VERSION = "1"

# An administrator's user has no trigger after it exists: the one before it must wait a little, and then give up.
ADMIN_CREATES = "PreSignUp_AdminCreateUser"
CONFIRMED = "PostConfirmation_ConfirmSignUp"
DELAY_SECONDS = {ADMIN_CREATES: 2, CONFIRMED: 0}
PATIENCE = timedelta(minutes=1)


class NotThereYet(TryAgain):
    """The pool has no such user, and it is too early to say that it never will."""


@dataclass(frozen=True, slots=True)
class User:
    user_id: str
    email: str


@dataclass(frozen=True, slots=True)
class Appeared:
    """A name that a trigger saw: soon a user, if nothing goes wrong in the pool."""

    name: str
    correlation_id: str

    def as_message(self) -> dict[str, Any]:
        return {"name": self.name, "correlationId": self.correlation_id}


def still_hoping(appeared_at: datetime, now: datetime) -> bool:
    return now - appeared_at < PATIENCE


def user_created(user: User, correlation_id: str) -> OutgoingEvent:
    """The same user gives the same `eventId`, however often it is announced."""
    return OutgoingEvent(
        source=SOURCE,
        detail_type="UserCreated",
        resources=(user.user_id,),
        detail={"userId": user.user_id, "email": user.email},
        metadata=Metadata(
            event_id=event_id(SOURCE, f"created:{user.user_id}"),
            schema_version=SCHEMA_VERSION,
            correlation_id=correlation_id,
        ),
    )
