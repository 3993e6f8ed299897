"""A Lambda function behind API Gateway: parse the body, respond, map errors to status codes by their types."""

from collections.abc import Callable, Mapping, Sequence
from functools import wraps
from typing import Any

from ecom import deadline, jsons, tracing
from ecom.errors import InvalidInput, PlatformError
from ecom.observability import count_failed_answer, logger, report_answer

Response = dict[str, Any]
# From API Gateway's event, and Lambda's context.
Answer = Callable[[Mapping[str, Any], Any], Response]


def body_of(event: Mapping[str, Any]) -> dict[str, Any]:
    """The JSON object in the body. Raises InvalidInput. The caller validates its fields."""
    try:
        body = jsons.loads(event.get("body") or "")
    except ValueError:
        raise InvalidInput("the body is missing or is not JSON") from None
    if not isinstance(body, dict):
        raise InvalidInput("the body must be a JSON object")
    return body


def respond(status: int, body: Any) -> Response:
    return {
        "statusCode": status,
        "headers": {"Content-Type": "application/json"},
        "body": jsons.dumps(body),
        "isBase64Encoded": False,
    }


def refuse(status: int, problems: Sequence[Mapping[str, Any]], reason: str = "") -> Response:
    """A refusal with every problem. A 5xx is logged with its reason, and counted by the function's version."""
    if status < 500:
        return respond(status, {"message": "refused", "problems": problems})
    logger().warning("try again", extra={"problems": [dict(problem) for problem in problems], "reason": reason})
    count_failed_answer()
    return respond(status, {"message": "the same request may succeed", "problems": problems})


def refuse_as_problem(error: PlatformError) -> Response:
    """A refusal whose one problem is the error."""
    return refuse(error.status, [{"code": error.type, "message": error.for_callers}], error.message)


def user_of(event: Mapping[str, Any]) -> str:
    """The `sub` of the token that API Gateway's Cognito authorizer has checked."""
    return str(event["requestContext"]["authorizer"]["claims"]["sub"])


def api_key_id_of(event: Mapping[str, Any]) -> str:
    """The id of the API key that the method requires and API Gateway has checked."""
    return str(event["requestContext"]["identity"]["apiKeyId"])


def readable_by(origin: Callable[[], str]) -> Callable[[Answer], Answer]:
    """Add the header by which a browser lets a page of that origin (`*`: of any) read answers and errors."""

    def decorate(answer: Answer) -> Answer:
        @wraps(answer)
        def readable(event: Mapping[str, Any], context: Any) -> Response:
            response = answer(event, context)
            return {**response, "headers": {**response["headers"], "Access-Control-Allow-Origin": origin()}}

        return readable

    return decorate


def handler(answer: Answer) -> Answer:
    """A Lambda handler. A PlatformError becomes a response with its status; any other error is raised (a 502). When the
    caller has stopped waiting (`ecom.deadline`) the response is a 503. A failure is logged, and counted by the
    function's version."""

    @wraps(answer)
    def answer_or_refuse(event: Mapping[str, Any], context: Any) -> Response:
        try:
            with (
                tracing.continued(tracing.correlation_of(context)),
                deadline.request(context, event.get("headers"), _received_at(event)),
            ):
                return answer(event, context)
        except PlatformError as error:
            report_answer(error)
            return respond(error.status, {"message": error.for_callers})

    return answer_or_refuse


def _received_at(event: Mapping[str, Any]) -> float | None:
    """When API Gateway got the request, in seconds since 1970."""
    milliseconds = (event.get("requestContext") or {}).get("requestTimeEpoch")
    return milliseconds / 1000 if isinstance(milliseconds, int | float) else None
