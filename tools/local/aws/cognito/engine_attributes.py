"""Users' attributes in the engine, which writes whatever a user sends. `attributes.py` has the rules."""

import secrets
from typing import Any

from tools.local.aws.cognito.attributes import Refusal, refusal, update_by_user, writable_by
from tools.local.aws.cognito.engine_codes import masked
from tools.local.engine.patching import patch, service

Data = dict[str, Any]
PENDING = "_pending_attributes"
NO_TOKEN = Refusal("NotAuthorizedException", "Invalid access token.")
NO_CODE = Refusal("ExpiredCodeException", "Invalid code provided, please request a code again.")
OTHER_CODE = Refusal("CodeMismatchException", "Invalid verification code provided, please try again.")
IN_USE = Refusal("AliasExistsException", "An account with the given email already exists.")


def _error(refused: Refusal) -> Any:
    return service("cognito").error_response_json(refused.code, refused.message, 400)


def _written(data: Data) -> dict[str, str]:
    return {each["Name"]: each.get("Value", "") for each in data.get("UserAttributes") or []}


def _refused(pool: Data, client_id: str | None, written: dict[str, str], *, is_new: bool = False) -> Refusal | None:
    schema = service("cognito")._ensure_schema_attributes(pool)["SchemaAttributes"]
    writable = None
    if client_id is not None:
        client = (pool.get("_clients") or {}).get(client_id) or {}
        writable = writable_by(schema, client.get("WriteAttributes") or [])
    return refusal(schema, written, writable, is_new=is_new)


@patch
def sign_ups_write_their_own_attributes() -> None:
    """SignUp refuses attributes that the pool does not have or that the app client may not write."""
    cognito = service("cognito")
    sign_up = cognito._sign_up

    def checked(data: Data) -> Any:
        pool, client_id = cognito._pool_for_client(data.get("ClientId"))[0], data.get("ClientId")
        refused = _refused(pool, client_id, _written(data), is_new=True) if pool else None
        return _error(refused) if refused else sign_up(data)

    cognito._sign_up = checked


@patch
def administrators_write_attributes_of_the_schema() -> None:
    """AdminUpdateUserAttributes refuses attributes that the pool does not have, and those that never change."""
    cognito = service("cognito")
    update = cognito._admin_update_user_attributes

    def checked(data: Data) -> Any:
        pool = cognito._user_pools.get(data.get("UserPoolId"))
        refused = _refused(pool, None, _written(data)) if pool else None
        return _error(refused) if refused else update(data)

    cognito._admin_update_user_attributes = checked


@patch
def users_write_their_own_attributes() -> None:
    """UpdateUserAttributes writes what the app client may write. A new address waits for the code that is sent to it
    where the pool says so, and is unverified where it does not."""
    cognito = service("cognito")

    def update(data: Data) -> Any:
        user, pool = cognito._user_pool_for_access_token(data.get("AccessToken") or "")
        if not user:
            return _error(NO_TOKEN)
        written = _written(data)
        client_id = cognito._token_claims(data["AccessToken"]).get("client_id", "")
        refused = _refused(pool, client_id, written) or (IN_USE if _is_in_use(pool, user, written) else None)
        if refused:
            return _error(refused)
        made = update_by_user(pool, cognito._attr_list_to_dict(user.get("Attributes", [])), written)
        _store(user, dict(made.now))
        details = []
        if made.sent_to:
            address = written[made.sent_to]
            user[PENDING] = {"name": made.sent_to, "value": address, "code": f"{secrets.randbelow(10**6):06}"}
            _send(pool, user)
            medium = "EMAIL" if made.sent_to == "email" else "SMS"
            details.append({"Destination": masked(address), "DeliveryMedium": medium, "AttributeName": made.sent_to})
        return cognito.json_response({"CodeDeliveryDetailsList": details})

    cognito._update_user_attributes = update


@patch
def a_code_verifies_a_new_address() -> None:
    """VerifyUserAttribute, which the engine does not have."""
    cognito = service("cognito")
    dispatch = cognito._dispatch_idp

    def verify(data: Data) -> Any:
        user, pool = cognito._user_pool_for_access_token(data.get("AccessToken") or "")
        if not user:
            return _error(NO_TOKEN)
        pending = user.get(PENDING)
        if not pending or pending["name"] != data.get("AttributeName"):
            return _error(NO_CODE)
        if not secrets.compare_digest(pending["code"], str(data.get("Code"))):
            return _error(OTHER_CODE)
        if _is_in_use(pool, user, {pending["name"]: pending["value"]}):
            return _error(IN_USE)
        del user[PENDING]
        _store(user, {pending["name"]: pending["value"], f"{pending['name']}_verified": "true"})
        return cognito.json_response({})

    async def dispatch_idp(action: str, data: Data) -> Any:
        if action == "VerifyUserAttribute":
            return cognito._run_idp_handler(verify, action, data)
        return await dispatch(action, data)

    cognito._dispatch_idp = dispatch_idp
    cognito._UNSIGNED_IDP_ACTIONS.add("VerifyUserAttribute")


def _store(user: Data, attributes: dict[str, str]) -> None:
    cognito = service("cognito")
    written = cognito._dict_to_attr_list(attributes)
    user["Attributes"] = cognito._merge_attributes(user.get("Attributes", []), written)
    user["UserLastModifiedDate"] = cognito._now_epoch()


def _send(pool: Data, user: Data) -> None:
    """The code, to the new address. (`_send_verification_email` sends a code of its own choice.)"""
    cognito, pending = service("cognito"), user[PENDING]
    if pending["name"] != "email":
        return
    subject, body = (
        cognito._expand_template(text, pending["value"], pending["code"])
        for text in cognito._resolve_verification_template(pool)
    )
    about = {"Username": user["Username"], "AttributeName": "email"}
    cognito._deliver_cognito_email(
        pool, pending["value"], subject, body, type_name="CognitoVerificationMessage", extra=about
    )


def _is_in_use(pool: Data, user: Data, written: dict[str, str]) -> bool:
    """Whether another user signs in with one of these addresses."""
    names = {*(pool.get("UsernameAttributes") or []), *(pool.get("AliasAttributes") or [])}
    others = (service("cognito")._resolve_user(pool, written[name])[0] for name in names if written.get(name))
    return any(other and other["Username"] != user["Username"] for other in others)
