"""APIs of AWS in the protocol JSON 1.x: the operation is in `X-Amz-Target`, request and answer are JSON objects.

Requests are checked against botocore's model of the service: required members, types, lengths and enumerations.
"""

import functools
import json
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from tools.local.engine.own_services import Response, caller_scope
from tools.local.home import ACCOUNT, REGION

if TYPE_CHECKING:
    from botocore.model import ServiceModel, Shape

Document = dict[str, Any]
Operation = Callable[[Document], Document | None]


class ApiError(Exception):
    """An error of an API: AWS's code, and a message for the caller."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code


@functools.cache
def model_of(service: str) -> "ServiceModel":
    """botocore's model of a service. The import takes long, so the first use does it and not the start of the cloud."""
    import botocore.session

    return botocore.session.Session().get_service_model(service)


def check_request(service: str, operation: str, request: Document, error: str = "ValidationException") -> None:
    """Raise ApiError unless `request` is a valid input of the operation."""
    from botocore.exceptions import ParamValidationError
    from botocore.validate import validate_parameters

    shape = model_of(service).operation_model(operation).input_shape
    if shape is None:
        return
    try:
        validate_parameters(request, shape)
    except ParamValidationError as wrong:
        raise ApiError(error, " ".join(str(wrong).split())) from None
    for path, problem in _wrong_values(request, shape, ""):
        raise ApiError(error, f"Value at '{path}' failed to satisfy constraint: {problem}")


def _wrong_values(value: Any, shape: "Shape", path: str) -> "list[tuple[str, str]]":
    """Values outside an enumeration, which botocore does not check."""
    if shape.type_name == "structure":
        members: Mapping[str, Shape] = shape.members  # type: ignore[attr-defined]  # a StructureShape
        return [
            found
            for name, its in value.items()
            if its is not None
            for found in _wrong_values(its, members[name], f"{path}.{name}".lstrip("."))
        ]
    if shape.type_name == "list":
        member: Shape = shape.member  # type: ignore[attr-defined]  # a ListShape
        return [found for its in value for found in _wrong_values(its, member, f"{path}.member")]
    allowed = getattr(shape, "enum", [])
    if allowed and value not in allowed:
        return [(path, f"Member must satisfy enum value set: [{', '.join(allowed)}]")]
    return []


class JsonService:
    """The HTTP side of a service: routes an operation to the function of that name and translates its errors."""

    def __init__(self, service: str, operations: Mapping[str, Operation], validation_error: str) -> None:
        """`validation_error` is the service's code for a request that is not valid."""
        self._service, self._operations, self._validation_error = service, operations, validation_error

    async def handle_request(
        self,
        method: str,  # noqa: ARG002 - the engine's contract
        path: str,  # noqa: ARG002 - the engine's contract
        headers: dict[str, str],
        body: bytes,
        query: dict[str, list[str]],  # noqa: ARG002 - the engine's contract
    ) -> Response:
        return self.answer(headers.get("x-amz-target", "").rpartition(".")[2], body)

    def answer(self, name: str, body: bytes) -> Response:
        """The answer to a request of another service of this cloud, which has checked the permission."""
        try:
            return _answer(200, self._run(name, body))
        except ApiError as error:
            return _answer(400, {"__type": error.code, "message": str(error)})

    def _run(self, name: str, body: bytes) -> Document:
        operation = self._operation(name)
        if caller_scope() != (ACCOUNT, REGION):
            raise ApiError("InvalidAction", f"the local cloud serves {self._service} in {REGION} only")
        try:
            request = json.loads(body or b"{}")
        except (ValueError, RecursionError):
            raise ApiError("SerializationException", "the request body is not JSON") from None
        if not isinstance(request, dict):
            raise ApiError("SerializationException", "the request body is not a JSON object")
        return self._checked(name, operation, request)

    def perform(self, name: str, request: Document) -> Document:
        """The answer to a request that is no HTTP request. Raises ApiError."""
        return self._checked(name, self._operation(name), request)

    def _operation(self, name: str) -> Operation:
        if name not in model_of(self._service).operation_names:
            raise ApiError("UnknownOperationException", f"{name} is not an operation of {self._service}")
        operation = self._operations.get(name)
        if operation is None:
            raise ApiError("InvalidAction", f"{self._service}:{name} is not available on the local cloud")
        return operation

    def _checked(self, name: str, operation: Operation, request: Document) -> Document:
        check_request(self._service, name, request, self._validation_error)
        return operation(request) or {}


def _answer(status: int, content: Document) -> Response:
    return status, {"Content-Type": "application/x-amz-json-1.1"}, json.dumps(content).encode()


def page(items: list[Any], request: Document, size: int, limit: str = "maxResults") -> tuple[list[Any], Document]:
    """One page of `items`, and the member `nextToken` if there are more. The token is the position of the next item."""
    token = request.get("nextToken") or "0"
    if not token.isdecimal() or int(token) > len(items):
        raise ApiError("InvalidNextTokenException", "The next token was specified in an invalid format.")
    start, most = int(token), request.get(limit) or size
    end = start + most
    return items[start:end], {"nextToken": str(end)} if end < len(items) else {}
