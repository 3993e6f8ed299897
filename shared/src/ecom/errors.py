"""The tree of errors. The type shows whose fault it is and whether a retry helps. No code reads message texts.

PlatformError
├── CallerFault        the caller must change something; retrying changes nothing
│   ├── InvalidInput   INVALID_INPUT  400
│   ├── InvalidToken   INVALID_TOKEN  400   a `nextToken` that this list did not issue
│   ├── NotFound       NOT_FOUND      404   it does not exist, or belongs to another user
│   ├── IllegalMove    ILLEGAL_MOVE   409
│   └── Unauthorized   Unauthorized   403
├── TryAgain           TRY_AGAIN      503   the outcome is unknown, or AWS is busy; the same call may succeed
└── Poison             DEAD_LETTER    500   no retry helps; the message goes to the dead-letter queue
    └── InvalidEvent
"""

from typing import ClassVar


class PlatformError(Exception):
    type: ClassVar[str] = "INTERNAL"
    status: ClassVar[int] = 500
    # Whether the platform failed: then the error is logged and counted. Else it answers what the caller did.
    is_failure: ClassVar[bool] = True
    # What callers read instead of the message, which is for the log: it names other services and their routes.
    shown: ClassVar[str] = ""

    def __init__(self, message: str) -> None:
        super().__init__(message)
        self.message = message

    @property
    def for_callers(self) -> str:
        return self.shown or self.message


class CallerFault(PlatformError):
    status = 400
    is_failure = False


class InvalidInput(CallerFault):
    type = "INVALID_INPUT"


class InvalidToken(CallerFault):
    type = "INVALID_TOKEN"


class NotFound(CallerFault):
    type = "NOT_FOUND"
    status = 404


class IllegalMove(CallerFault):
    type = "ILLEGAL_MOVE"
    status = 409


class Unauthorized(CallerFault):
    type = "Unauthorized"
    status = 403


class TryAgain(PlatformError):
    type = "TRY_AGAIN"
    status = 503


class Poison(PlatformError):
    type = "DEAD_LETTER"


class InvalidEvent(Poison):
    """An event that breaks its schema, when it is published or when it is consumed."""
