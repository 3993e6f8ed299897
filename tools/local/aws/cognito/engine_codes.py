"""Codes for sign-ups and forgotten passwords: random, mailed to the address, which the answer masks."""

import secrets
from collections.abc import Callable
from typing import Any

from tools.local.engine.patching import patch, service

Data = dict[str, Any]
NO_ADDRESS = "Cannot reset password for the user as there is no registered/verified email or phone_number"
CONFIRMED = "User is already confirmed."


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


@patch
def codes_go_to_users_who_may_use_them() -> None:
    """A forgotten password is reset through a verified address only, and a user confirms once. The engine sends a code
    to every user."""
    cognito = service("cognito")
    forgot, resend = cognito._forgot_password, cognito._resend_confirmation_code

    def found(data: Data) -> tuple[Any, Any]:
        pool = cognito._pool_for_client(data.get("ClientId"))[0]
        return pool, cognito._resolve_user(pool, data.get("Username"))[0] if pool else None

    def forgot_password(data: Data) -> Any:
        pool, user = found(data)
        if not user or _has_verified_address(cognito._attr_list_to_dict(user.get("Attributes", []))):
            return forgot(data)
        if cognito._hides_user_existence(pool, data.get("ClientId")):
            return cognito._code_delivery_response(masked(data["Username"]))
        return cognito.error_response_json("InvalidParameterException", NO_ADDRESS, 400)

    def resend_code(data: Data) -> Any:
        _, user = found(data)
        if user and user["UserStatus"] != "UNCONFIRMED":
            return cognito.error_response_json("InvalidParameterException", CONFIRMED, 400)
        return resend(data)

    cognito._forgot_password, cognito._resend_confirmation_code = forgot_password, resend_code


def _has_verified_address(attributes: dict[str, str]) -> bool:
    return any(str(attributes.get(f"{name}_verified")).lower() == "true" for name in ("email", "phone_number"))
