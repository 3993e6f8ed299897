"""Who may call: only principals of the cloud's own IAM and STS."""

import secrets
from collections.abc import Callable
from typing import Any

from tools.local.engine.frame import service


def ensure_administrator(name: str) -> tuple[str, str]:
    """The access key of the IAM user `name`, who may do everything; both are made when missing."""
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
