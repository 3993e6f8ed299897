"""The attempts of a boto3 call, without what only requests on a network need.

Nearly all calls are answered well at once. For those, botocore's way from the parameters to the answer (request,
signature, user agent, headers of retries) costs more than the simulated AWS itself. So an attempt is its event
`before-send`, and a good answer is the result. What decides stays botocore's: the events at which parameters and
answers may be changed, the parsing of errors, the rules, waits and quotas of retries, the exceptions.
"""

import copy
from collections.abc import Callable
from typing import Any

import botocore.client
import botocore.endpoint
from botocore.awsrequest import AWSResponse

JSON = "json"
HEADERS = {"content-type": "application/x-amz-json-1.0"}


EVENTS = (
    "provide-client-params", "before-parameter-build", "before-send", "needs-retry", "after-call", "after-call-error",
)  # fmt: skip


class Request:
    """A request that is never written: as much of botocore's as its readers use. The document must not be changed."""

    __slots__ = ("document", "headers", "method", "url")

    def __init__(self, url: str, document: Any) -> None:
        self.url, self.method, self.headers, self.document = url, "POST", dict[str, str](), document


class Answer:
    """A good answer that was never written."""

    __slots__ = ("document", "headers", "status_code")

    def __init__(self, document: Any) -> None:
        self.status_code, self.headers, self.document = 200, HEADERS, document


Response = AWSResponse | Answer


def copied(answer: Any) -> Any:
    """The answer with a document of its own."""
    return Answer(copy.deepcopy(answer.document)) if isinstance(answer, Answer) else answer


class _Operation:
    """What is the same for all calls of an operation of one client."""

    def __init__(self, client: Any, name: str) -> None:
        service = client.meta.service_model
        self.name, self.model = name, service.operation_model(name)
        self.is_json = service.resolved_protocol == JSON
        own = f"{service.service_id.hyphenize()}.{name}"
        self.provide, self.build, self.send, self.retry, self.after, self.after_error = (
            client.meta.events._alias_event_name(f"{event}.{own}") for event in EVENTS
        )
        self.url = client.meta.endpoint_url
        self._emitter = client.meta.events._emitter

    def emit(self, name: str, **more: Any) -> list[tuple[Any, Any]]:
        """The handlers of an event with their answers. As `HierarchicalEmitter._emit`."""
        handlers = self._emitter._lookup_cache.get(name)
        if handlers is None:
            return self._emitter.emit(name, **more)  # type: ignore[no-any-return]
        return [(handler, handler(event_name=name, **more)) for handler in handlers] if handlers else []


def install() -> None:
    """Take the shortcut, in this process."""
    client: Any = botocore.client.BaseClient
    full: Callable[..., Any] = client._make_api_call

    def call(self: Any, operation_name: str, api_params: Any) -> Any:
        known = self.__dict__.setdefault("_operations", {})
        operation = known.get(operation_name)
        if operation is None:
            operation = known[operation_name] = _Operation(self, operation_name)
        return _call(self, operation, api_params) if operation.is_json else full(self, operation_name, api_params)

    client._make_api_call = call
    module: Any = botocore.client
    # It notes the features that a call uses, for the user agent.
    module.with_current_context = lambda _hook=None: lambda function: function


def _call(client: Any, operation: _Operation, parameters: Any) -> Any:
    """As `BaseClient._make_api_call` and `Endpoint._send_request`."""
    emit = operation.emit
    context: dict[str, Any] = {"client_config": client.meta.config, "client_region": client.meta.region_name}
    parameters = _first(emit(operation.provide, params=parameters, model=operation.model, context=context), parameters)
    emit(operation.build, params=parameters, model=operation.model, context=context)
    attempts = 0
    while True:
        attempts += 1
        answer, failure = _attempt(emit, operation, Request(operation.url, parameters))
        if answer is not None and answer.status_code < 300:
            metadata = {"HTTPStatusCode": answer.status_code, "HTTPHeaders": dict(answer.headers)}
            parsed = {**answer.document, "ResponseMetadata": metadata}
            break
        parsed = _error_of(client, operation, answer) if answer is not None else {}
        delay = _first(
            emit(
                operation.retry,
                response=None if answer is None else (answer, parsed),
                endpoint=client._endpoint,
                operation=operation.model,
                attempts=attempts,
                caught_exception=failure,
                request_dict={"context": context},
            ),
            None,
        )
        if delay is None or delay is False:
            break
        botocore.endpoint.time.sleep(delay)  # type: ignore[attr-defined]  # the world's: `aws_seam`
    if failure is not None:
        emit(operation.after_error, exception=failure, context=context)
        raise failure
    parsed["ResponseMetadata"]["RetryAttempts"] = attempts - 1
    emit(operation.after, http_response=answer, parsed=parsed, model=operation.model, context=context)
    if answer.status_code >= 300:
        code = context.get("error_code_override") or parsed.get("Error", {}).get("Code")
        raise client.exceptions.from_code(code)(parsed, operation.name)
    return parsed


def _attempt(emit: Any, operation: _Operation, request: Request) -> tuple[Any, Exception | None]:
    try:
        return _first(emit(operation.send, request=request), None), None
    except Exception as error:  # as botocore's endpoint: the rules of retries judge it
        return None, error


def _first(responses: Any, otherwise: Any) -> Any:
    for _, response in responses:
        if response is not None:
            return response
    return otherwise


def _error_of(client: Any, operation: _Operation, answer: AWSResponse) -> Any:
    """A refusal, read by botocore's parser."""
    endpoint = client._endpoint
    parser = endpoint._response_parser_factory.create_parser(JSON)
    response = botocore.endpoint.convert_to_response_dict(answer, operation.model)
    parsed = parser.parse(response, operation.model.output_shape)
    endpoint._add_modeled_error_fields(response, parsed, operation.model, parser)
    return parsed
