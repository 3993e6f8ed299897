"""REST APIs: a stage serves what its deployment captured."""

import contextvars
import copy
from collections.abc import Callable, Mapping
from typing import Any

from tools.local.engine.patching import core, patch

# What a request reads from the API's definition.
CAPTURED = ("_resources", "_authorizers_v1", "_models", "_request_validators")
# The API of the current request, and the definition that its stage serves.
_served: contextvars.ContextVar[tuple[str, Mapping[str, Any]] | None] = contextvars.ContextVar("served", default=None)


@patch
def a_deployment_captures_the_api() -> None:
    """An AWS deployment is a snapshot of the API. The engine's deployment has a summary and the gateway responses."""
    v1 = core("services.apigateway_v1")
    create: Callable[..., Any] = v1._create_deployment

    def create_deployment(api_id: str, data: Mapping[str, Any]) -> Any:
        known = set(v1._deployments_v1.get(api_id, {}))
        answer = create(api_id, data)
        for made in set(v1._deployments_v1.get(api_id, {})) - known:
            captured = {name: copy.deepcopy(getattr(v1, name).get(api_id, {})) for name in CAPTURED}
            v1._deployments_v1[api_id][made]["captured"] = captured
        return answer

    v1._create_deployment = create_deployment


@patch
def a_stage_serves_its_deployment() -> None:
    """AWS serves the deployment of the stage: a changed API changes nothing until it is deployed. The engine serves the
    present API on every stage."""
    v1 = core("services.apigateway_v1")
    execute: Callable[..., Any] = v1.handle_execute
    authorization: Callable[..., Any] = v1.method_authorization_type
    for name in CAPTURED:
        getattr(v1, name).__class__ = _serving(type(getattr(v1, name)), name)

    async def handle_execute(api_id: str, stage: str, *rest: Any) -> Any:
        token = _served.set(_definition(v1, api_id, stage))
        try:
            return await execute(api_id, stage, *rest)
        finally:
            _served.reset(token)

    def method_authorization_type(api_id: str, stage: str, *rest: Any) -> Any:
        token = _served.set(_definition(v1, api_id, stage))
        try:
            return authorization(api_id, stage, *rest)
        finally:
            _served.reset(token)

    v1.handle_execute = handle_execute
    v1.method_authorization_type = method_authorization_type


def _definition(v1: Any, api_id: str, stage: str) -> tuple[str, Mapping[str, Any]] | None:
    """What the stage serves; None for a stage that does not exist, which is refused elsewhere."""
    scope = v1.find_api_scope(api_id)
    found = v1._stages_v1.get_scoped(*scope, api_id, {}).get(stage) if scope else None
    if found is None:
        return None
    deployment = v1._deployments_v1.get_scoped(*scope, api_id, {}).get(found.get("deploymentId") or "", {})
    return api_id, deployment.get("captured", {})


def _serving(store: type, name: str) -> type:
    """The engine's class of a collection, which answers a request with the definition that its stage serves."""

    class Serving(store):  # type: ignore[misc]  # the engine has no types
        __slots__ = ()

        def get(self, key: str, default: Any = None) -> Any:
            served = _served.get()
            if served is not None and served[0] == key:
                return served[1].get(name, {})
            return super().get(key, default)

    return Serving
