"""The two ways a GraphQL request fails: completely, or in one field."""

from typing import Any


class RequestRefused(Exception):
    """The whole request is refused, with AppSync's status and error type."""

    def __init__(self, status: int, error_type: str, message: str) -> None:
        super().__init__(message)
        self.status, self.error_type, self.message = status, error_type, message

    def body(self) -> dict[str, Any]:
        return {"errors": [{"errorType": self.error_type, "message": self.message}]}


def unauthorized(message: str = "You are not authorized to make this call.") -> RequestRefused:
    return RequestRefused(401, "UnauthorizedException", message)


def malformed(message: str) -> RequestRefused:
    return RequestRefused(400, "MalformedHttpRequestException", message)


class FieldError(Exception):
    """One field fails; the others are answered."""

    def __init__(self, message: str, error_type: str | None = None, info: Any = None, data: Any = None) -> None:
        super().__init__(message)
        self.message, self.error_type, self.info, self.data = message, error_type, info, data


class SchemaError(Exception):
    """A schema that AppSync would refuse. The text says what is wrong and where."""


class UnsupportedResolver(Exception):
    """A resolver that this data plane cannot run correctly. The text says what it can run."""
