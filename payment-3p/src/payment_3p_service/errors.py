"""Errors of the API: each has a status code and a message.

ProviderError
├── BadRequest         400  the message names the field and the rule
│   └── KeyReused      400  the idempotency key belongs to another request
├── Unauthorized       401  not the merchant's secret
├── PaymentNotFound    404
├── ScriptsDisabled    404  the environment has no failure scripts
├── Busy               503  throttled, too many concurrent changes, or AWS did not answer; send the same again
├── ScriptedError      500  a failure script; without effect
├── ScriptedDown       503  a failure script; without effect
└── ScriptedTimeout    504  a failure script; the effect is unknown
"""

from typing import ClassVar


class ProviderError(Exception):
    status: ClassVar[int] = 500

    def __init__(self, message: str) -> None:
        super().__init__(message)
        self.message = message


class BadRequest(ProviderError):
    status = 400


class KeyReused(BadRequest):
    pass


class Unauthorized(ProviderError):
    status = 401


class PaymentNotFound(ProviderError):
    status = 404


class ScriptsDisabled(ProviderError):
    status = 404


class Busy(ProviderError):
    """With the same idempotency key, sending the same again is harmless."""

    status = 503


class ScriptedError(ProviderError):
    pass


class ScriptedDown(ProviderError):
    status = 503


class ScriptedTimeout(ProviderError):
    status = 504
