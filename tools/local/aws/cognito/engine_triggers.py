"""Cognito's triggers in the engine; `triggers.py` has the rules.

The engine runs only PreSignUp, on sign-up, without policy, limit and the caller's data. Restored: PreSignUp for sign-up
and for users created by an administrator, PostConfirmation after a confirmed sign-up or a reset password,
PreAuthentication and PostAuthentication.
"""

import contextvars
import logging
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from tools.local.aws.cognito import triggers as triggers
from tools.local.aws.cognito.triggers import TriggerEvent, TriggerRefused
from tools.local.aws.lambda_.engine_invoke import Outcome, run_function, service_may_invoke
from tools.local.engine.patching import patch, service

Data = dict[str, Any]
Handler = Callable[[Data], Any]

_PASSWORD_FLOWS = {
    "USER_PASSWORD_AUTH",
    "ADMIN_USER_PASSWORD_AUTH",
    "ADMIN_NO_SRP_AUTH",
    "USER_SRP_AUTH",
    "USER_AUTH",
}
_FIRST_TOKENS = {"TokenGeneration_Authentication", "TokenGeneration_NewPasswordChallenge"}


class _EngineFunctions:
    """The engine's functions, for the triggers."""

    def may_invoke(self, function_arn: str, principal: str, source_arn: str) -> bool:
        return service_may_invoke(function_arn, principal, source_arn)

    def run(self, function_arn: str, event: dict[str, Any], limit: float) -> Outcome:
        return run_function(function_arn, event, limit)


@dataclass
class _Operation:
    """The current API call."""

    action: str
    data: Data
    sub: str = ""


_current: contextvars.ContextVar[_Operation | None] = contextvars.ContextVar("cognito_operation", default=None)


def _data() -> Data:
    operation = _current.get()
    return operation.data if operation else {}


def _function_of(pool: Data, trigger: str) -> str:
    return str((pool.get("LambdaConfig") or {}).get(trigger) or "")


def _fire(pool: Data, trigger: str, source: str, user_name: str, client_id: str, request: Data, response: Data) -> Data:
    """Call a trigger of a pool, if the pool has it. Returns its response."""
    function = _function_of(pool, trigger)
    if not function:
        return {}
    pool_id, region = pool["Id"], service("cognito")._pool_region(pool["Id"])
    trigger_event = TriggerEvent(pool_id, pool["Arn"], region, user_name, client_id)
    event = trigger_event.event(source, request, response)
    return triggers.call_trigger(_EngineFunctions(), trigger, function, trigger_event, event)


def _attributes(user: Data) -> dict[str, str]:
    return {one["Name"]: one.get("Value", "") for one in user.get("Attributes", [])}


def _post_confirmation(pool: Data, user: Data, source: str, data: Data) -> None:
    request = triggers.existing_user_request(_attributes(user), user["UserStatus"], data.get("ClientMetadata"))
    client_id = data.get("ClientId", "")
    _fire(pool, "PostConfirmation", source, user["Username"], client_id, request, {})


def _pool_and_user(data: Data) -> tuple[Data, Data] | None:
    """The pool and the user of a request, by pool id or by client id."""
    cognito = service("cognito")
    pool = cognito._user_pools.get(data.get("UserPoolId")) or cognito._pool_for_client(data.get("ClientId"))[0]
    user = cognito._resolve_user(pool, data.get("Username"))[0] if pool and data.get("Username") else None
    return (pool, user) if user else None


@patch
def trigger_errors_reach_the_caller() -> None:
    """An operation answers a refused trigger as AWS does."""
    cognito = service("cognito")
    run = cognito._run_idp_handler

    def run_idp_handler(handler: Handler, action: str, data: Data) -> Any:
        token = _current.set(_Operation(action, data))
        try:
            return run(handler, action, data)
        except TriggerRefused as refused:
            return cognito.error_response_json(refused.code, str(refused), 400)
        finally:
            _current.reset(token)

    cognito._run_idp_handler = run_idp_handler


@patch
def pre_sign_up_as_documented() -> None:
    """PreSignUp gets ValidationData and ClientMetadata, obeys the function's policy and the limit of 5 seconds.

    For users created by an administrator it runs after all checks of the request and before the user exists, and its
    response is ignored, as AWS documents. (The engine's AdminCreateUser checks the password last.)
    """
    cognito = service("cognito")
    federated, check_password = cognito._apply_presignup_trigger, cognito._validate_password
    new_id = cognito.new_uuid

    def pre_sign_up(
        pool_id: str, client_id: str, user_name: str, attributes: dict[str, str], trigger_source: str = ""
    ) -> Data:
        if trigger_source != "PreSignUp_SignUp":
            return federated(pool_id, client_id, user_name, attributes, trigger_source)  # type: ignore[no-any-return]  # the engine has no types
        pool, data = cognito._user_pools[pool_id], _data()
        request = triggers.pre_sign_up_request(attributes, data.get("ValidationData"), data.get("ClientMetadata"))
        answer = _fire(pool, "PreSignUp", trigger_source, user_name, client_id, request, triggers.PRE_SIGN_UP_RESPONSE)
        # The engine looks for an existing user before it. Another sign-up may have ended while the function ran.
        if cognito._resolve_user(pool, data.get("Username"))[0]:
            raise TriggerRefused("UsernameExistsException", "User already exists.")
        return {name: bool(answer.get(name)) for name in triggers.PRE_SIGN_UP_RESPONSE}

    def validate_password(pool: Data, password: str) -> Any:
        error = check_password(pool, password)
        operation = _current.get()
        if error is None and operation is not None and operation.action == "AdminCreateUser":
            data = operation.data
            attributes = _attributes({"Attributes": data.get("UserAttributes") or []})
            alias = cognito._username_alias_attribute(pool, data["Username"])
            operation.sub = attributes.get("sub") or str(new_id())
            name = operation.sub if alias else data["Username"]
            if alias:
                attributes.setdefault(alias, data["Username"])
            request = triggers.pre_sign_up_request(attributes, data.get("ValidationData"), data.get("ClientMetadata"))
            source, response = "PreSignUp_AdminCreateUser", triggers.PRE_SIGN_UP_RESPONSE
            _fire(pool, "PreSignUp", source, name, "", request, response)
        return error

    def announced_or_new() -> str:
        # The user gets the id that the trigger got.
        operation = _current.get()
        if operation is None or not operation.sub:
            return str(new_id())
        sub, operation.sub = operation.sub, ""
        return sub

    cognito._apply_presignup_trigger = pre_sign_up
    cognito._validate_password = validate_password
    cognito.new_uuid = announced_or_new


@patch
def confirm_as_documented() -> None:
    """PostConfirmation follows each confirmation. A code that arrived verifies the address that it was sent to.

    AdminConfirmSignUp refuses a user that is confirmed already. The user stays confirmed when the trigger fails.
    """
    cognito = service("cognito")
    sign_up, confirm, admin_confirm, new_password = (
        cognito._sign_up,
        cognito._confirm_sign_up,
        cognito._admin_confirm_sign_up,
        cognito._confirm_forgot_password,
    )

    def confirmed(data: Data, answer: Any, source: str) -> Any:
        found = _pool_and_user(data) if answer[0] < 400 else None
        if found:
            _post_confirmation(*found, source, data)
        return answer

    def then_confirmed_sign_up(data: Data) -> Any:
        answer = sign_up(data)
        found = _pool_and_user(data) if answer[0] < 400 else None
        if found and found[1]["UserStatus"] == "CONFIRMED":
            _post_confirmation(*found, "PostConfirmation_ConfirmSignUp", data)
        return answer

    def then_confirmed(data: Data) -> Any:
        answer = confirm(data)
        found = _pool_and_user(data) if answer[0] < 400 else None
        if found:
            _verify_address(*found)
        return confirmed(data, answer, "PostConfirmation_ConfirmSignUp")

    def then_admin_confirmed(data: Data) -> Any:
        found = _pool_and_user(data)
        if found and found[1]["UserStatus"] != "UNCONFIRMED":
            message = f"User cannot be confirmed. Current status is {found[1]['UserStatus']}"
            return cognito.error_response_json("NotAuthorizedException", message, 400)
        return confirmed(data, admin_confirm(data), "PostConfirmation_ConfirmSignUp")

    def then_new_password(data: Data) -> Any:
        return confirmed(data, new_password(data), "PostConfirmation_ConfirmForgotPassword")

    cognito._sign_up, cognito._confirm_sign_up = then_confirmed_sign_up, then_confirmed
    cognito._admin_confirm_sign_up = then_admin_confirmed
    cognito._confirm_forgot_password = then_new_password


def _verify_address(pool: Data, user: Data) -> None:
    attributes = _attributes(user)
    for name in ("email", "phone_number"):
        if name in attributes and name in (pool.get("AutoVerifiedAttributes") or []):
            attributes[f"{name}_verified"] = "true"
            break  # one code verifies one address: the engine chooses e-mail where a pool verifies both
    user["Attributes"] = [{"Name": name, "Value": value} for name, value in attributes.items()]


@patch
def authenticate_as_documented() -> None:
    """PreAuthentication runs before the password is checked, PostAuthentication before the first tokens are created."""
    cognito = service("cognito")
    build = cognito._build_auth_result

    def before(initiate: Handler) -> Handler:
        def initiate_auth(data: Data) -> Any:
            if data.get("AuthFlow") in _PASSWORD_FLOWS:
                name = (data.get("AuthParameters") or {}).get("USERNAME")
                found = _pool_and_user({**data, "Username": name})
                if found:
                    pool, user = found
                    request = triggers.existing_user_request(_attributes(user), user["UserStatus"])
                    request["validationData"] = data.get("ClientMetadata") or None
                    source = "PreAuthentication_Authentication"
                    client_id = data.get("ClientId", "")
                    _fire(pool, "PreAuthentication", source, user["Username"], client_id, request, {})
            return initiate(data)

        return initiate_auth

    def build_auth_result(
        pool_id: str,
        client_id: str,
        user: Data,
        nonce: str = "",
        trigger_source: str = "TokenGeneration_Authentication",
        **options: Any,
    ) -> Any:
        if trigger_source in _FIRST_TOKENS:
            status, data = user["UserStatus"], _data()
            request = triggers.existing_user_request(_attributes(user), status, data.get("ClientMetadata"))
            request["newDeviceUsed"] = False
            source, pool = "PostAuthentication_Authentication", cognito._user_pools[pool_id]
            _fire(pool, "PostAuthentication", source, user["Username"], client_id, request, {})
        return build(pool_id, client_id, user, nonce, trigger_source=trigger_source, **options)

    cognito._initiate_auth = before(cognito._initiate_auth)
    cognito._admin_initiate_auth = before(cognito._admin_initiate_auth)
    cognito._build_auth_result = build_auth_result


@patch
def no_address_in_the_log() -> None:
    """AWS logs no addresses. The engine logs one for each mail that it would send."""
    logging.getLogger("ses").setLevel(logging.WARNING)
