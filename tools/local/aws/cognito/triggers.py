"""How Cognito calls a pool's functions: the events, the limits, and the error for the caller.

Guarantees: a trigger runs synchronously with 5 seconds per attempt and three attempts on a time-out. A function that
raises refuses the operation with its own message. A function that the pool may not invoke, or that is missing, refuses
it too. Effects of the operation before the trigger remain.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Protocol

SECONDS_PER_TRY = 5.0
ATTEMPTS = 3
PRINCIPAL = "cognito-idp.amazonaws.com"
NO_CLIENT = "CLIENT_ID_NOT_APPLICABLE"

Attributes = Mapping[str, str]


class TriggerRefused(Exception):
    """The operation answers this error: AWS's code and its message."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code


class Answered(Protocol):
    """The result of a function."""

    @property
    def payload(self) -> Any: ...

    @property
    def failed(self) -> bool: ...

    @property
    def message(self) -> str: ...


class Functions(Protocol):
    """Access to functions. `run` raises TimeoutError at the limit, LookupError for a missing function."""

    def may_invoke(self, function_arn: str, principal: str, source_arn: str) -> bool: ...

    def run(self, function_arn: str, event: dict[str, Any], limit: float) -> Answered: ...


@dataclass(frozen=True)
class TriggerEvent:
    """One sign-up, confirmation or sign-in: the pool, the user and the caller."""

    pool_id: str
    pool_arn: str
    region: str
    user_name: str
    client_id: str

    def event(self, source: str, request: dict[str, Any], response: dict[str, Any]) -> dict[str, Any]:
        return {
            "version": "1",
            "region": self.region,
            "userPoolId": self.pool_id,
            "userName": self.user_name,
            "callerContext": {
                "awsSdkVersion": "aws-sdk-unknown-unknown",
                "clientId": self.client_id or NO_CLIENT,
            },
            "triggerSource": source,
            "request": request,
            "response": response,
        }


def with_metadata(request: dict[str, Any], metadata: Mapping[str, str] | None) -> dict[str, Any]:
    """The event, with ClientMetadata only if the caller sent some."""
    return {**request, "clientMetadata": dict(metadata)} if metadata else request


def pre_sign_up_request(
    attributes: Attributes, validation: list[dict[str, str]] | None, metadata: Mapping[str, str] | None
) -> dict[str, Any]:
    """The user's attributes without `sub` and status, since the user does not exist yet."""
    given = {name: value for name, value in attributes.items() if name != "sub"}
    data = {one["Name"]: one.get("Value", "") for one in validation or ()}
    return with_metadata({"userAttributes": given, "validationData": data or None}, metadata)


def existing_user_request(
    attributes: Attributes, status: str, metadata: Mapping[str, str] | None = None
) -> dict[str, Any]:
    return with_metadata({"userAttributes": {**attributes, "cognito:user_status": status}}, metadata)


PRE_SIGN_UP_RESPONSE: dict[str, Any] = {
    "autoConfirmUser": False,
    "autoVerifyEmail": False,
    "autoVerifyPhone": False,
}


def call_trigger(
    functions: Functions, trigger: str, function_arn: str, trigger_event: TriggerEvent, event: dict[str, Any]
) -> dict[str, Any]:
    """Run one trigger and return the `response` of its answer; raises TriggerRefused when the operation must fail."""
    if not functions.may_invoke(function_arn, PRINCIPAL, trigger_event.pool_arn):
        raise _unexpected(trigger, "AccessDeniedException.")
    for _ in range(ATTEMPTS):
        try:
            answered = functions.run(function_arn, json.loads(json.dumps(event)), SECONDS_PER_TRY)
        except TimeoutError:
            continue
        except LookupError:
            raise _unexpected(trigger, "ResourceNotFoundException.") from None
        return _response(trigger, answered)
    raise _unexpected(trigger, "Socket timeout while invoking Lambda function.")


def _unexpected(trigger: str, why: str) -> TriggerRefused:
    return TriggerRefused("UnexpectedLambdaException", f"{trigger} invocation failed due to error {why}")


def _response(trigger: str, answered: Answered) -> dict[str, Any]:
    if answered.failed:
        message = answered.message.rstrip(".")
        raise TriggerRefused("UserLambdaValidationException", f"{trigger} failed with error {message}.")
    payload = answered.payload
    if isinstance(payload, str | bytes | bytearray):
        try:
            payload = json.loads(payload)
        except ValueError:
            payload = None
    response = payload.get("response") if isinstance(payload, dict) else None
    if not isinstance(response, dict):
        raise TriggerRefused("InvalidLambdaResponseException", "Unrecognizable lambda output")
    return response
