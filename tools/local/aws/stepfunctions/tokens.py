"""Task tokens: random, signed, and valid as long as the task waits for them."""

import base64
import hashlib
import hmac
import secrets
from collections.abc import Callable

from tools.local.aws.json_api import ApiError, Document
from tools.local.aws.stepfunctions.records import Store

_ID, _RANDOM, _PADDING = 16, 32, 400
"""Bytes of a token. AWS's tokens have several hundred characters, and may have 2048."""


def new_secret() -> str:
    return secrets.token_hex(32)


class Tokens:
    """Makes tokens, and finds the execution whose task waits for one."""

    def __init__(self, store: Store, random: Callable[[int], bytes] = secrets.token_bytes) -> None:
        self._store, self._random = store, random

    def new(self, execution: Document) -> str:
        body = bytes.fromhex(execution["uid"]) + self._random(_RANDOM + _PADDING)
        return base64.b64encode(body + self._signature(body)).decode()

    def execution_of(self, token: str) -> Document:
        """The running execution whose present task has this token. Raises ApiError.

        A token that this cloud did not make is InvalidToken. TaskTimedOut: its task has ended. TaskDoesNotExist: its
        execution does not exist any more.
        """
        try:
            content = base64.b64decode(token, validate=True)
        except ValueError:
            content = b""
        body, signature = content[:-32], content[-32:]
        if len(body) != _ID + _RANDOM + _PADDING or not hmac.compare_digest(signature, self._signature(body)):
            raise ApiError("InvalidToken", "Invalid Token: 'Invalid token'")
        uid = body[:_ID].hex()
        for execution in self._store.running.values():
            if execution["uid"] == uid:
                if (execution["state"] or {}).get("token") == token and execution["state"]["phase"] != "ended":
                    return execution
                break
        else:
            if not self._store.has_ended(uid):
                raise ApiError("TaskDoesNotExist", "Task does not exist")
        raise ApiError("TaskTimedOut", "Task Timed Out: 'Provided task does not exist anymore'")

    def _signature(self, body: bytes) -> bytes:
        if not self._store.secret:
            self._store.secret = new_secret()
        return hmac.new(bytes.fromhex(self._store.secret), body, hashlib.sha256).digest()
