"""What boto3 does for each call or client that costs much and that the simulator does not need.

Left out are signatures (the caller is the environment's role), the user agent, and the repetition of what is the same
for all calls or clients: endpoint rules, names of events, models of services. What a service with the protocol JSON
needs less than that is in `aws_attempts`.
"""

from collections.abc import Callable
from typing import Any

import botocore.auth
import botocore.client
import botocore.hooks
import botocore.regions
import botocore.useragent


def install() -> None:
    """Take the shortcuts, in this process."""
    signer: Any = botocore.auth.SigV4Auth
    signer.add_auth = _without_signature
    agent: Any = botocore.useragent.UserAgentString
    agent.to_string = lambda _self: "simulated"
    _remember_endpoints()
    _share_names_of_events()
    _share_models_of_services()


def _without_signature(self: Any, request: Any) -> None:
    del self
    request.headers["Authorization"] = "AWS4-HMAC-SHA256 simulated"


def _remember_endpoints() -> None:
    resolver: Any = botocore.regions.EndpointRulesetResolver
    construct: Callable[..., Any] = resolver.construct_endpoint

    def construct_once(self: Any, operation_model: Any, call_args: Any, request_context: Any) -> Any:
        if operation_model.service_model.service_name == "s3":  # the bucket is a part of the host
            return construct(self, operation_model, call_args, request_context)
        known = self.__dict__.setdefault("_known_endpoints", {})
        found = known.get(operation_model.name)
        if found is None:
            found = known[operation_model.name] = construct(self, operation_model, call_args, request_context)
        return found

    resolver.construct_endpoint = construct_once


def _share_names_of_events() -> None:
    """The aliases of events are the same for all clients."""
    aliaser: Any = botocore.hooks.EventAliaser
    find: Callable[..., str] = aliaser._alias_event_name
    known: dict[str, str] = {}

    def find_once(self: Any, event_name: str) -> str:
        found = known.get(event_name)
        if found is None:
            found = known[event_name] = find(self, event_name)
        return found

    aliaser._alias_event_name = find_once


def _share_models_of_services() -> None:
    """A model is read only, and finds its shapes of errors by reading all shapes."""
    creator: Any = botocore.client.ClientCreator
    load: Callable[..., Any] = creator._load_service_model
    known: dict[tuple[Any, ...], Any] = {}

    def load_once(self: Any, service_name: str, api_version: str | None = None) -> Any:
        found = known.get((service_name, api_version))
        if found is None:
            found = known[service_name, api_version] = load(self, service_name, api_version)
        return found

    creator._load_service_model = load_once
