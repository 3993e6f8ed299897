"""Which Cognito triggers are about a new user, and how long to wait for it. Pure.

Cognito has no trigger after an administrator creates a user. The trigger before it sends the user name to a queue with
a delay, and the consumer waits until the pool has the user.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from ecom.errors import InvalidEvent, TryAgain

ADMIN_CREATES = "PreSignUp_AdminCreateUser"
CONFIRMED = "PostConfirmation_ConfirmSignUp"
DELAY_SECONDS = {ADMIN_CREATES: 2, CONFIRMED: 0}
GIVE_UP_AFTER = timedelta(minutes=1)


class NotYetCreated(TryAgain):
    """The pool does not have the user yet."""


@dataclass(frozen=True, slots=True)
class User:
    user_id: str
    email: str


@dataclass(frozen=True, slots=True)
class NewUser:
    """A user name from a trigger. The user exists soon, unless its creation fails."""

    name: str
    correlation_id: str

    @classmethod
    def from_message(cls, body: Any) -> "NewUser":
        """Raises InvalidEvent."""
        match body:
            case {"name": str(name), "correlationId": str(correlation_id)}:
                return cls(name, correlation_id)
        raise InvalidEvent("not a message about a new user: `name` and `correlationId` are missing")

    def as_message(self) -> Mapping[str, str]:
        return {"name": self.name, "correlationId": self.correlation_id}


def is_overdue(sent_at: datetime, now: datetime) -> bool:
    """Whether the user should exist by now: its creation failed."""
    return now - sent_at >= GIVE_UP_AFTER
