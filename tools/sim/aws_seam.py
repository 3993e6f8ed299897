"""The seam between boto3 and the simulated AWS: botocore's event `before-send`.

Clients are real and their retries run: after `before-send` comes everything that botocore does with an answer, or with
an exception of its HTTP session. `aws_shortcuts` has what is left out before it.
"""

import io
import os
from collections.abc import Callable, Mapping
from typing import Any, Protocol

import boto3
import botocore.endpoint
import botocore.retries.standard
from botocore.awsrequest import AWSResponse

from tools.sim import aws_attempts, aws_shortcuts

REGION, ACCOUNT = "eu-west-1", "000000000000"


class World(Protocol):
    """What receives the requests of the task that runs now."""

    def sleep(self, seconds: float) -> None: ...
    def random(self) -> float: ...
    def aws_request(self, service: str, operation: str, request: Any) -> aws_attempts.Response: ...


_world: World | None = None


def use(world: World | None) -> None:
    """Send the requests of all clients to this world."""
    global _world
    _world = world


def _present() -> World:
    if _world is None:
        raise RuntimeError("no simulated world is in use")
    return _world


class _Raw(io.BytesIO):
    """The body of an answer, as botocore reads it: at once, or as a stream."""

    def stream(self, *_: Any, **__: Any) -> Any:
        yield self.getvalue()


def answer(url: str, status: int, headers: Mapping[str, str], body: bytes) -> AWSResponse:
    made: Any = AWSResponse(url, status, dict(headers), _Raw(body))  # type: ignore[arg-type]  # boto3 reads it like urllib3's response
    made._content = body  # as after reading
    return made  # type: ignore[no-any-return]


def _before_send(request: Any, event_name: str, **_more: Any) -> aws_attempts.Response:
    _, service, operation = event_name.split(".")
    return _present().aws_request(service, operation, request)


class _Time:
    """`time` of botocore's endpoint: it waits there between attempts."""

    @staticmethod
    def sleep(seconds: float) -> None:
        _present().sleep(seconds)


def install() -> None:
    """Prepare boto3 of this process, once: a session whose clients send nothing to the network."""
    variables: dict[str, str] = {
        "AWS_DEFAULT_REGION": REGION, "AWS_REGION": REGION, "AWS_ACCESS_KEY_ID": "simulated",
        "AWS_SECRET_ACCESS_KEY": "simulated", "AWS_EC2_METADATA_DISABLED": "true",
    }  # fmt: skip
    os.environ.update(variables)
    os.environ.pop("AWS_ENDPOINT_URL", None)
    boto3.setup_default_session()
    session: Any = boto3.DEFAULT_SESSION
    # Last: the handlers that services register with their clients come before the request leaves.
    session._session.get_component("event_emitter").register_last("before-send", _before_send)
    endpoint: Any = botocore.endpoint
    endpoint.time = _Time
    standard: Any = botocore.retries.standard
    _replace_default(standard.RetryHandler.__init__, "sleep", lambda seconds: _present().sleep(seconds))
    _replace_default(standard.ExponentialBackoff.__init__, "random", lambda: _present().random())
    aws_shortcuts.install()
    aws_attempts.install()


def _replace_default(function: Any, name: str, value: Callable[..., Any]) -> None:
    code = function.__code__
    names = code.co_varnames[: code.co_argcount]
    place = names.index(name) - (len(names) - len(function.__defaults__))
    function.__defaults__ = (*function.__defaults__[:place], value, *function.__defaults__[place + 1 :])
