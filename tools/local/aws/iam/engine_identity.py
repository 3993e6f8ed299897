"""Authentication: only principals of the cloud's own IAM and STS may call, with their own secret."""

import hashlib
import hmac
import secrets
import time
from collections.abc import Callable, Mapping
from typing import Any

from tools.local.engine.patching import core, patch, service


def ensure_administrator(name: str) -> tuple[str, str]:
    """The access key of the IAM user `name`, who may do everything. Both are created if they are missing.

    This runs inside the process: the cloud has no root key that could be stolen or guessed.
    """
    iam = service("iam")
    if name not in iam._users:
        _iam_call(iam._create_user, UserName=name)
    _iam_call(iam._attach_user_policy, UserName=name, PolicyArn="arn:aws:iam::aws:policy/AdministratorAccess")
    for key_id, key in iam._access_keys.items():
        if key["UserName"] == name and key["Status"] == "Active":
            return str(key_id), str(key["SecretAccessKey"])
    _iam_call(iam._create_access_key, UserName=name)
    key_id, key = next((k, v) for k, v in iam._access_keys.items() if v["UserName"] == name)
    key["SecretAccessKey"] = secrets.token_urlsafe(30)
    return str(key_id), str(key["SecretAccessKey"])


def _iam_call(call: Callable[[dict[str, list[str]]], tuple[int, Any, bytes]], **parameters: str) -> None:
    status, _, body = call({key: [value] for key, value in parameters.items()})
    if status != 200:
        raise RuntimeError(f"the engine's IAM refused {parameters}: {body!r}")


@patch
def no_key_is_root() -> None:
    """AWS refuses unknown keys. The engine accepts `test`, any 12 digits, its own configured key, and an empty key as
    root, without a check of the signature."""

    def is_root(_access_key_id: str) -> bool:
        return False

    evaluator = core("core.iam_evaluator")
    evaluator.is_root_access_key = is_root
    evaluator._is_root_key = is_root
    core("services.sts").is_root_access_key = is_root


@patch
def a_key_chooses_no_account() -> None:
    """On AWS a key belongs to one account. The engine takes a key of 12 digits for another account, in which nothing
    exists, and answers in another shape."""
    app = core("app")
    original: Callable[[str], None] = app.set_request_account_id

    def set_account(key_or_account: str) -> None:
        original("" if key_or_account.isdigit() else key_or_account)

    app.set_request_account_id = set_account


@patch
def some_operations_take_no_credentials() -> None:
    """AWS serves a few operations unsigned: those that its SDKs send unsigned, such as Cognito's SignUp and
    InitiateAuth. The engine runs them as root, which `no_key_is_root` has removed."""
    evaluator = core("core.iam_evaluator")
    enforce: Callable[..., Any] = evaluator.enforce

    def enforce_signed(access_key: str, iam_action: str, service: str, *rest: Any, **options: Any) -> Any:
        if not access_key and evaluator._anonymous.get() and evaluator._served_unsigned(service, iam_action):
            return None
        return enforce(access_key, iam_action, service, *rest, **options)

    evaluator.enforce = enforce_signed


@patch
def no_image_registry() -> None:
    """AWS serves images to holders of a token only. The engine's registry has no authentication. Functions here are not
    images, so the registry is closed."""

    def is_registry_path(_path: str) -> bool:
        return False

    core("app")._is_ecr_registry_path = is_registry_path


@patch
def a_declared_body_hash_must_be_true() -> None:
    """AWS hashes the body that it received. The engine trusts the header `x-amz-content-sha256`, so a signed request
    could be repeated with another body."""
    sigv4 = core("core.sigv4")
    original = sigv4.header_signature_failure

    def failure(
        signature: Any,
        secret: str,
        method: str,
        raw_path: str,
        query_params: Mapping[str, Any],
        headers: Mapping[str, Any],
        body: bytes,
        **options: Any,
    ) -> tuple[str, str] | None:
        declared = str(headers.get("x-amz-content-sha256") or "")
        # Only S3 has other values: an unsigned payload, or chunks with their own signatures.
        is_hash = len(declared) == 64
        if declared and (is_hash or signature.service != "s3") and declared != hashlib.sha256(body).hexdigest():
            return "SignatureDoesNotMatch", str(sigv4.SIGNATURE_MISMATCH)
        found: tuple[str, str] | None = original(
            signature, secret, method, raw_path, query_params, headers, body, **options
        )
        return found

    sigv4.header_signature_failure = failure


_process_secret = secrets.token_bytes(32)


@patch
def role_credentials_are_random() -> None:
    """AWS gives a function random temporary credentials of its role. The engine derives key, secret and token from the
    function's and the role's ARN, so a caller who knows the names knows the secret."""

    def execution_credentials(config: Mapping[str, Any]) -> dict[str, str]:
        function_arn, role_arn = str(config.get("FunctionArn", "")), str(config.get("Role", ""))

        def derive(purpose: str) -> str:
            text = f"{purpose}:{function_arn}:{role_arn}".encode()
            return hmac.new(_process_secret, text, hashlib.sha256).hexdigest()

        key_id = "ASIA" + derive("key")[:16].upper()
        name = str(config.get("FunctionName", "function"))[:64]
        role = role_arn.rsplit("/", 1)[-1]
        account = role_arn.split(":")[4] if role_arn.count(":") >= 5 else ""
        service("sts").register_session(
            key_id,
            {
                "Arn": f"arn:aws:sts::{account}:assumed-role/{role}/{name}",
                "UserId": f"{role}:{name}",
                "SecretAccessKey": derive("secret"),
                "SessionToken": derive("token"),
            },
        )
        return {
            "AWS_ACCESS_KEY_ID": key_id,
            "AWS_SECRET_ACCESS_KEY": derive("secret"),
            "AWS_SESSION_TOKEN": derive("token"),
        }

    core("core.lambda_runtime").execution_credentials = execution_credentials
    core("services.lambda_svc").execution_credentials = execution_credentials


# For this long the credentials that functions had before a restart still count. On AWS those of a role live for hours.
KEPT_SECONDS = 3600


@patch
def sessions_survive_a_restart() -> None:
    """Temporary credentials end with their time, whatever happens to the caller. The engine forgets them when it stops:
    a form or a URL that a function signed would be refused from then on."""
    sts = core("services.sts")

    def get_state() -> dict[str, Any]:
        return {"sessions": {key: dict(session) for key, session in list(sts._sessions.items())}}

    def load_persisted_state(state: dict[str, Any]) -> None:
        for key, session in state.get("sessions", {}).items():
            session.setdefault("Expiration", time.time() + KEPT_SECONDS)
            sts._sessions[key] = session
        sts._evict_expired_sessions()

    sts.get_state, sts.load_persisted_state = get_state, load_persisted_state
