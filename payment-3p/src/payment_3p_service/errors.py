"""What a caller is told: each error is a status and a message."""

from typing import ClassVar


class ProviderError(Exception):
    status: ClassVar[int] = 500

    def __init__(self, message: str) -> None:
        super().__init__(message)
        self.message = message


class BadRequest(ProviderError):
    """The message says what is wrong, and where."""

    status = 400


class KeyReused(BadRequest):
    """An idempotency key belongs to one request, for ever."""


class NotTheMerchant(ProviderError):
    status = 401


class NoSuchPayment(ProviderError):
    status = 404


class Busy(ProviderError):
    """Nothing happened; the same request may be sent again."""

    status = 503


class ScriptedError(ProviderError):
    """A tester wanted it; nothing happened."""


class ScriptedDown(ProviderError):
    """A tester wanted it; nothing happened."""

    status = 503


class NoAnswer(ProviderError):
    """A tester wanted it: whether it happened, the caller is not told."""

    status = 504


class NoScriptsHere(ProviderError):
    status = 404
