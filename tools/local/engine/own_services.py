"""A service of ours inside the engine: routed, signed, authorised by IAM and saved like the engine's own."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Protocol

from tools.local.engine.patching import core

Response = tuple[int, dict[str, str], bytes]


class Service(Protocol):
    """The interface of a service module of the engine."""

    async def handle_request(
        self, method: str, path: str, headers: dict[str, str], body: bytes, query: dict[str, list[str]]
    ) -> Response: ...

    def get_state(self) -> dict[str, Any]: ...

    def load_persisted_state(self, data: dict[str, Any]) -> None: ...

    def reset(self) -> None: ...


@dataclass(frozen=True)
class Asked:
    """A request whose permission is checked."""

    method: str
    path: str
    target: str
    """The header `X-Amz-Target`; empty in APIs that have paths."""
    body: bytes
    region: str
    account: str


ArnOf = Callable[[Asked], str]
"""The ARN that a policy must name; `*` where AWS has no resource."""


def add_service(name: str, module: Service, arn_of: ArnOf, target: str = "") -> None:
    """Serve requests signed for `name` with `module`, after the engine checked the signature and `{name}:{Operation}`.
    It replaces a service of the engine.

    The operation comes from `X-Amz-Target`, whose prefix is `target`, or from botocore's model of the service. So
    `name` must be botocore's name of it.
    """
    app, actions, router = core("app"), core("core.iam_actions"), core("core.router")
    app.SERVICE_REGISTRY[name] = {"module": name}
    app.SERVICE_HANDLERS[name] = module.handle_request
    app._loaded_modules[name] = module  # its state is saved, loaded and reset with the others'
    app._state_map[name] = name
    router.SERVICE_PATTERNS[name] = {"target_prefixes": [f"{target}."]} if target else {}
    actions.SERVICE_TO_IAM_NAMESPACE[name] = name
    actions._BOTOCORE_SERVICE_MAP[name] = [name]
    find = actions.extract_resource_arn

    def extract_resource_arn(
        service: str,
        method: str,
        path: str,
        headers: dict[str, str],
        body: bytes,
        query: dict[str, Any],
        region: str,
        account: str,
    ) -> str:
        if service == name:
            return arn_of(Asked(method, path, headers.get("x-amz-target", ""), body, region, account))
        return str(find(service, method, path, headers, body, query, region, account))

    actions.extract_resource_arn = extract_resource_arn


def caller_scope() -> tuple[str, str]:
    """Account and region of the current request."""
    responses = core("core.responses")
    return responses.get_account_id(), responses.get_region()
