"""The AppSync data plane's calls of the engine's IAM, Cognito and Lambda."""

import asyncio
import contextvars
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from tools.local.aws.appsync.model import Answer, Api, Request, SignatureRefused, Signer
from tools.local.engine.patching import core, service

APPSYNC = "appsync.amazonaws.com"


def pool_keys(pool_id: str) -> Mapping[str, Any]:
    """The public keys of a pool's ID and access tokens, by key id."""
    cognito, found = service("cognito"), {}
    for use in cognito._POOL_KEY_USES:
        private, jwk = cognito._pool_signing_key(pool_id, use)
        if private is not None:
            found[str(jwk["kid"])] = private.public_key()
    return found


def _scoped(account: str, region: str) -> contextvars.Context:
    """A context in which the engine works for this account and region."""
    responses, context = core("core.responses"), contextvars.copy_context()
    context.run(responses._request_account_id.set, account)
    context.run(responses._request_region.set, region)
    return context


@dataclass(frozen=True, slots=True)
class VerifiedSigner:
    """A principal of the engine's IAM whose signature is valid."""

    principal: Any
    identity: Mapping[str, Any]
    region: str

    def may(self, action: str, resource: str) -> bool:
        if self.principal.policies is None:
            return True
        context = _context(
            self.principal.arn, self.principal.type, self.principal.account, action, resource, self.region
        )
        context.principal_keys = self.principal.keys
        context.source_ip = self.identity["sourceIp"][0]
        decision = core("core.iam_evaluator").evaluate(context, self.principal.policies, *self.principal.limits)
        return bool(decision.decision == "Allow")


def _context(arn: str, kind: str, account: str, action: str, resource: str, region: str) -> Any:
    return core("core.iam_evaluator").EvalContext(
        principal_arn=arn,
        principal_type=kind,
        principal_account=account,
        action=action,
        resource_arn=resource,
        region=region,
    )


class SignatureChecks:
    """SigV4 verification by the engine."""

    def signer(self, request: Request, api: Api) -> Signer:
        return _scoped(api.account, api.region).run(self._signer, request, api)

    @staticmethod
    def _signer(request: Request, api: Api) -> Signer:
        evaluator = core("core.iam_evaluator")
        query, headers = dict(request.query), dict(request.headers)
        evaluator.pin_signed_request(request.method, request.raw_path, query, request.raw_headers)
        evaluator.pin_signed_body(request.body)
        key_id = core("core.router").extract_access_key_id(headers, query)
        checked = evaluator.authenticate(key_id, api.account)
        if checked is None:
            raise SignatureRefused("IncompleteSignature", "The request signature does not conform to AWS standards.")
        if isinstance(checked, evaluator.AuthError):
            raise SignatureRefused(checked.code, checked.message)
        _check_scope(headers, query, api.region)
        principal = evaluator.resolve_principal(key_id, api.account, checked)
        if isinstance(principal, evaluator.AuthError):
            raise SignatureRefused(principal.code, principal.message)
        known = evaluator.resolve_caller_identity(key_id) or {}
        return VerifiedSigner(principal, _identity(known, principal, request.source_ip), api.region)


def _check_scope(headers: Mapping[str, str], query: Mapping[str, list[str]], region: str) -> None:
    """A signature made for another service or region is not valid for AppSync."""
    credential = (query.get("X-Amz-Credential") or [""])[0]
    if not credential:
        fields = headers.get("authorization", "").partition("Credential=")[2]
        credential = fields.split(",")[0]
    parts = credential.strip().split("/")
    if len(parts) != 5 or parts[3] != "appsync":
        raise SignatureRefused("InvalidSignature", "Credential should be scoped to correct service: 'appsync'.")
    if parts[2] != region:
        raise SignatureRefused("InvalidSignature", "Credential should be scoped to a valid region.")


def _identity(known: Mapping[str, Any], principal: Any, source_ip: str) -> dict[str, Any]:
    session = known.get("session") or {}
    return {
        "accountId": principal.account,
        "cognitoIdentityAuthProvider": session.get("CognitoIdentityAuthProvider"),
        "cognitoIdentityAuthType": session.get("CognitoIdentityAuthType"),
        "cognitoIdentityId": session.get("CognitoIdentityId"),
        "cognitoIdentityPoolId": session.get("CognitoIdentityPoolId"),
        "sourceIp": [source_ip],
        "userArn": principal.arn,
        "username": known.get("userId") or principal.arn.rsplit("/", 1)[-1],
    }


class RolePermissions:
    """AppSync's permissions through a data source's service role. The engine itself never checks them."""

    def role_refusal(self, role_arn: str | None, action: str, resource: str) -> str | None:
        if not role_arn:
            return "the data source has no service role (ServiceRoleArn)"
        evaluator, iam = core("core.iam_evaluator"), service("iam")
        account, name = role_arn.split(":")[4], role_arn.rsplit("/", 1)[-1]
        role = iam._roles.get_scoped(account, None, name)
        if role is None:
            return f"the role {role_arn} does not exist"
        session = f"arn:aws:sts::{account}:assumed-role/{name}/APPSYNC_ASSUME_ROLE"
        region = core("core.responses").get_region()
        if not _trusts_appsync(role, _context(session, "AssumedRole", account, "sts:AssumeRole", "*", region)):
            return f"the role {role_arn} does not let {APPSYNC} assume it"
        decision = evaluator.evaluate(
            _context(session, "AssumedRole", account, action, resource, region),
            evaluator._gather_role_policies(name, account),
            *evaluator._permissions_boundary(iam._roles, name, account),
        )
        if decision.decision == "Allow":
            return None
        return f"User: {session} is not authorized to perform: {action} on resource: {resource}"


def _trusts_appsync(role: Mapping[str, Any], context: Any) -> bool:
    document = role.get("AssumeRolePolicyDocument") or {}
    parsed = json.loads(document) if isinstance(document, str) else document
    statements = parsed.get("Statement") or []
    allowed = False
    for statement in statements if isinstance(statements, list) else [statements]:
        principal, actions = statement.get("Principal") or {}, statement.get("Action") or []
        names = principal.get("Service") or [] if isinstance(principal, dict) else principal
        listed = [names] if isinstance(names, str) else names
        wanted = [actions] if isinstance(actions, str) else actions
        if not {APPSYNC, "*"} & set(listed) or not {"sts:AssumeRole", "sts:*", "*"} & set(wanted):
            continue
        if not core("core.iam_evaluator")._conditions_met(statement.get("Condition") or {}, context):
            continue
        if statement.get("Effect") == "Deny":
            return False
        allowed = allowed or statement.get("Effect") == "Allow"
    return allowed


class LambdaCalls:
    """Synchronous invocations through the engine's own Invoke: versions, aliases, throttles, metrics and logs."""

    def __init__(self) -> None:
        self._running: set[asyncio.Task[Any]] = set()

    async def invoke(self, api: Api, function_arn: str, payload: Any) -> Answer:
        parts = function_arn.split(":")
        if len(parts) not in (7, 8) or parts[5] != "function":
            return Answer(None, "Lambda:ValidationException", f"{function_arn} is not the ARN of a function")
        event = json.loads(json.dumps(payload))
        call = service("lambda_svc")._invoke(
            parts[6],
            event,
            {"x-amz-invocation-type": "RequestResponse"},
            path_qualifier=parts[7] if len(parts) == 8 else None,
        )
        # A function continues when its caller gives up. The engine would make the caller wait for it.
        task = asyncio.create_task(call, context=_scoped(parts[4] or api.account, parts[3] or api.region))
        self._running.add(task)
        task.add_done_callback(self._running.discard)
        status, headers, body = await asyncio.shield(task)
        return _answer(status, headers, body)


def _answer(status: int, headers: Mapping[str, str], body: bytes) -> Answer:
    try:
        value = json.loads(body) if body else None
    except ValueError:
        return Answer(None, "Lambda:Unhandled", "The function's answer is not JSON.")
    if status == 200 and "X-Amz-Function-Error" not in headers:
        return Answer(value)
    known = value if isinstance(value, dict) else {}
    if status == 200:
        return Answer(None, f"Lambda:{headers['X-Amz-Function-Error']}", str(known.get("errorMessage") or ""))
    kind = str(known.get("__type") or known.get("Type") or "ServiceException").rsplit("#", 1)[-1]
    return Answer(None, f"Lambda:{kind}", str(known.get("message") or known.get("Message") or ""))
