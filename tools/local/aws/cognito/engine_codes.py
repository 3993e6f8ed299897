"""Codes for sign-ups and forgotten passwords: random, mailed to the address, which the answer masks."""

import secrets
from collections.abc import Callable
from typing import Any

from tools.local.engine.patching import patch, service

Data = dict[str, Any]


def masked(address: str) -> str:
    """The address as Cognito shows it to a caller: `a***@e***`."""
    local, at, domain = address.partition("@")
    return f"{local[:1]}***@{domain[:1]}***" if at else "***"


@patch
def codes_are_random_and_mailed() -> None:
    """AWS sends six random digits. The engine's codes are the same for everybody."""
    cognito = service("cognito")
    send: Callable[..., Any] = cognito._send_verification_email

    def send_code(pool: Data, username: str, attributes: Data, _code: str, attribute_name: str = "email") -> Any:
        code = f"{secrets.randbelow(10**6):06}"
        user = cognito._resolve_user(pool, username)[0]
        user["_reset_code" if attribute_name == "password" else "_confirmation_code"] = code
        return send(pool, username, attributes, code, attribute_name)

    cognito._send_verification_email = send_code


@patch
def addresses_are_masked() -> None:
    """SignUp answers where the code went without the address, as ForgotPassword does. The engine's SignUp shows it."""
    cognito = service("cognito")
    sign_up, respond = cognito._sign_up, cognito.json_response
    cognito._masked_destination = masked

    def masked_sign_up(data: Data) -> Any:
        status, headers, body = sign_up(data)
        answer = cognito.json.loads(body)
        if "CodeDeliveryDetails" in answer:
            details = answer["CodeDeliveryDetails"]
            answer["CodeDeliveryDetails"] = {**details, "Destination": masked(details["Destination"])}
            return respond(answer)
        return status, headers, body

    cognito._sign_up = masked_sign_up
