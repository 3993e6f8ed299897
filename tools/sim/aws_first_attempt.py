"""The first attempt of a boto3 call, without what only requests on a network need.

Nearly all calls are answered well at once. For those, botocore's way from the parameters to the answer (request,
signature, user agent, headers of retries, rules of retries) costs more than the simulated AWS itself, and ends with
the answer as it was. So the first attempt goes straight to `before-send`. The events at which parameters and answers
may be changed are emitted as always. An error, or no answer, is handed to botocore, as that of its first attempt: from
there on everything is botocore's, its retries with their waits and quotas too.
"""

import copy
from collections.abc import Callable
from typing import Any

import botocore.client
import botocore.endpoint
from botocore.awsrequest import AWSResponse

from tools.sim.aws_shortcuts import JSON, Document, PlainRequest

Full = Callable[..., Any]


class _Outcome:
    """Of a first attempt: an answer, or an exception."""

    def __init__(self, answer: AWSResponse | None, error: Exception | None) -> None:
        self.answer, self.error = answer, error


class _Operation:
    """What is the same for all calls of an operation of one client."""

    def __init__(self, client: Any, name: str) -> None:
        service = client.meta.service_model
        self.model = service.operation_model(name)
        self.is_json = service.resolved_protocol == JSON
        own = f"{service.service_id.hyphenize()}.{name}"
        self.provide, self.build = f"provide-client-params.{own}", f"before-parameter-build.{own}"
        self.send, self.after = f"before-send.{own}", f"after-call.{own}"
        self.url = client.meta.endpoint_url
        self.tokens = tuple(self.model.idempotent_members)


# The outcome that botocore takes for its next attempt. No task waits between the two.
_handed_over: list[_Outcome] = []


def install() -> None:
    """Take the shortcut, in this process."""
    client: Any = botocore.client.BaseClient
    full: Full = client._make_api_call

    def call(self: Any, operation_name: str, api_params: Any) -> Any:
        known = self.__dict__.setdefault("_operations", {})
        operation = known.get(operation_name)
        if operation is None:
            operation = known[operation_name] = _Operation(self, operation_name)
        return _first(self, operation, api_params, full) if operation.is_json else full(self, operation_name, api_params)

    client._make_api_call = call
    module: Any = botocore.client
    # It notes the features that a call uses, for the user agent.
    module.with_current_context = lambda _hook=None: lambda function: function
    _hand_outcomes_over()


def _first(client: Any, operation: _Operation, given: Any, full: Full) -> Any:
    emit, context = client.meta.events.emit, {}
    parameters = given
    for _, changed in emit(operation.provide, params=given, model=operation.model, context=context):
        if changed is not None:
            parameters = changed
            break
    emit(operation.build, params=parameters, model=operation.model, context=context)
    answer: Any = None
    failure: Exception | None = None
    try:
        request = PlainRequest({"url": operation.url, "method": "POST", "headers": {}, "body": Document(parameters)})
        for _, response in emit(operation.send, request=request):
            if response is not None:
                answer = response
                break
    except Exception as error:  # as in botocore's endpoint; it decides
        failure = error
    if answer is None or answer.status_code >= 300:
        for name in operation.tokens:  # a repeated request has the token of the first
            if name in parameters:
                given[name] = parameters[name]
        _handed_over.append(_Outcome(answer, failure))
        return full(client, operation.model.name, given)
    parsed = {
        **answer.content.document,
        "ResponseMetadata": {
            "HTTPStatusCode": answer.status_code,
            "HTTPHeaders": dict(answer.headers),
            "RetryAttempts": 0,
        },
    }
    emit(operation.after, http_response=answer, parsed=parsed, model=operation.model, context=context)
    return parsed


class _Answering:
    """Events of an endpoint, where the next `before-send` has its answer already."""

    def __init__(self, events: Any, answer: AWSResponse) -> None:
        self._events, self._answer = events, answer

    def emit(self, name: str, **more: Any) -> Any:
        if name.startswith("before-send."):
            return [(None, self._answer)]
        return self._events.emit(name, **more)


def _hand_outcomes_over() -> None:
    endpoint: Any = botocore.endpoint.Endpoint
    send: Callable[..., Any] = endpoint._do_get_response

    def send_or_take(self: Any, request: Any, operation_model: Any, context: Any) -> Any:
        if not _handed_over:
            return send(self, request, operation_model, context)
        outcome = _handed_over.pop()
        if outcome.error is not None:
            return None, outcome.error
        answered = copy.copy(self)
        answered._event_emitter = _Answering(self._event_emitter, outcome.answer)
        return send(answered, request, operation_model, context)

    endpoint._do_get_response = send_or_take
