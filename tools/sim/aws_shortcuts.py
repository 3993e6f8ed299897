"""What boto3 does for each call that costs much and that the simulator does not need.

Retries, time-outs, errors and all event handlers of services stay botocore's. Left out are: signatures (the caller is
the environment's role), endpoint rules (evaluated once for each client and operation), and writing and reading the JSON
of requests and of good answers. Errors are read as always, and so are the services with other protocols.
"""

import copy
from collections.abc import Callable
from typing import Any

import botocore.auth
import botocore.endpoint
import botocore.hooks
import botocore.parsers
import botocore.regions
import botocore.serialize
import botocore.useragent
import botocore.validate

JSON = "json"


def install() -> None:
    """Take the shortcuts, in this process."""
    signer: Any = botocore.auth.SigV4Auth
    signer.add_auth = _without_signature
    agent: Any = botocore.useragent.UserAgentString
    agent.to_string = lambda _self: "simulated"
    _remember_endpoints()
    _write_json()
    _read_json()
    _send_plain_requests()
    _share_names_of_events()


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


class Document(bytes):
    """A body that was never written: readers of this process take the document itself. It must not be changed."""

    document: Any

    def __new__(cls, document: Any) -> "Document":
        made = super().__new__(cls, b"{}")
        made.document = document
        return made


def copy_document(answer: Any) -> None:
    """Give the answer a document of its own."""
    if isinstance(answer.content, Document):
        answer._content = Document(copy.deepcopy(answer.content.document))


def _write_json() -> None:
    serializer: Any = botocore.serialize.JSONSerializer
    headers: dict[tuple[str, str], dict[str, str]] = {}

    def serialize(self: Any, parameters: Any, operation_model: Any) -> dict[str, Any]:
        key = (operation_model.service_model.service_name, operation_model.name)
        if key not in headers:
            metadata = operation_model.metadata
            headers[key] = {
                "X-Amz-Target": f"{metadata['targetPrefix']}.{operation_model.name}",
                "Content-Type": f"application/x-amz-json-{metadata['jsonVersion']}",
            }
        made: dict[str, Any] = self._create_default_request()
        made.update(method="POST", headers=dict(headers[key]), body=Document(parameters))
        return made

    serializer.serialize_to_request = serialize
    validating: Any = botocore.validate.ParamValidationDecorator
    checked: Callable[..., Any] = validating.serialize_to_request

    def without_validation(self: Any, parameters: Any, operation_model: Any) -> Any:
        if operation_model.service_model.resolved_protocol == JSON:
            return self._serializer.serialize_to_request(parameters, operation_model)
        return checked(self, parameters, operation_model)

    validating.serialize_to_request = without_validation


def _read_json() -> None:
    parser: Any = botocore.parsers.JSONParser
    walk: Callable[..., Any] = parser._handle_json_body

    def read(self: Any, raw_body: bytes, shape: Any) -> Any:
        return dict(raw_body.document) if isinstance(raw_body, Document) else walk(self, raw_body, shape)

    parser._handle_json_body = read


class PlainRequest:
    """A request that is never sent: as much of AWSPreparedRequest as its readers use."""

    __slots__ = ("body", "headers", "method", "stream_output", "url")

    def __init__(self, given: Any) -> None:
        self.url, self.method, self.headers, self.body = given["url"], given["method"], given["headers"], given["body"]
        self.stream_output = False

    def reset_stream(self) -> None:
        """Nothing was read."""


def _send_plain_requests() -> None:
    endpoint: Any = botocore.endpoint.Endpoint
    create: Callable[..., Any] = endpoint.create_request

    def create_plain(self: Any, params: Any, operation_model: Any = None) -> Any:
        if operation_model.service_model.resolved_protocol == JSON:
            return PlainRequest(params)
        return create(self, params, operation_model)

    endpoint.create_request = create_plain


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
