"""An error's type decides the REST or GraphQL answer. Other messages are not returned, personal data not logged."""

import json
from typing import Any

import pytest

from ecom import graphql, rest
from ecom.errors import IllegalMove, InvalidInput, NotFound, PlatformError, TryAgain, Unauthorized
from ecom.http import Refused, Unreachable
from ecom.observability import MASK, logger, mask


def raising(error: Exception) -> Any:
    def handle(*_: Any) -> Any:
        raise error

    return handle


@pytest.mark.parametrize(
    ("error", "status", "kind"),
    [
        (InvalidInput("m"), 400, "INVALID_INPUT"),
        (NotFound("m"), 404, "NOT_FOUND"),
        (IllegalMove("m"), 409, "ILLEGAL_MOVE"),
        (Unauthorized("m"), 403, "Unauthorized"),
        (TryAgain("m"), 503, "TRY_AGAIN"),
    ],
)
def test_an_error_is_mapped_by_its_type(error: PlatformError, status: int, kind: str) -> None:
    answer = rest.handler(raising(error))({}, None)
    assert (answer["statusCode"], json.loads(answer["body"])) == (status, {"message": "m"})
    event = {"info": {"fieldName": "f"}, "arguments": {}, "identity": None}
    assert graphql.resolve(event, {"f": raising(error)}) == {"error": {"type": kind, "message": "m"}}


def kinds(of: type[PlatformError] = PlatformError) -> list[type[PlatformError]]:
    return [of, *(kind for each in of.__subclasses__() for kind in kinds(each))]


def test_failures_of_ours_are_the_errors_with_a_5xx() -> None:
    assert {Refused, Unreachable, InvalidInput} <= set(kinds())
    assert [kind for kind in kinds() if kind.is_failure != (kind.status >= 500)] == []


@pytest.mark.usefixtures("fresh_logger")
@pytest.mark.parametrize("error", [Unreachable, Refused])
def test_callers_do_not_read_which_service_failed(
    error: type[PlatformError], capsys: pytest.CaptureFixture[str]
) -> None:
    failure = error("GET /prod/backend/products: 503")
    event = {"info": {"fieldName": "f"}, "arguments": {}, "identity": None}
    answers = [
        rest.handler(raising(failure))({}, None),
        rest.refuse_as_problem(failure),
        graphql.resolve(event, {"f": raising(failure)}),
    ]
    assert "/prod/backend" not in json.dumps(answers)
    lines = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert [line["reason"] for line in lines if "reason" in line] == [failure.message] * 3


def test_an_unexpected_error_is_raised() -> None:
    event = {"info": {"fieldName": "f"}}
    with pytest.raises(ZeroDivisionError):
        rest.handler(raising(ZeroDivisionError()))({}, None)
    with pytest.raises(ZeroDivisionError):
        graphql.resolve(event, {"f": raising(ZeroDivisionError())})


def test_a_field_has_the_caller() -> None:
    identity = {"sub": "user-1", "groups": ["admin"]}
    field = graphql.field_of({"info": {"fieldName": "f"}, "arguments": {"a": 1}, "identity": identity})
    assert field == graphql.Field("f", {"a": 1}, "user-1", frozenset({"admin"}))
    anonymous = graphql.field_of({"info": {"fieldName": "f"}, "identity": None})
    assert (anonymous.user_id, anonymous.groups) == (None, frozenset())


def test_personal_values_are_masked_at_any_depth() -> None:
    value = {"orderId": "1", "address": {"city": "x"}, "list": [{"paymentToken": "t", "email": "e", "ok": 1}]}
    assert mask(value) == {"orderId": "1", "address": MASK, "list": [{"paymentToken": MASK, "email": MASK, "ok": 1}]}


@pytest.mark.usefixtures("fresh_logger")
def test_the_logger_masks(capsys: pytest.CaptureFixture[str]) -> None:
    logger().info("message", extra={"email": "canary@example.com", "detail": {"card_number": "4111"}})
    printed = capsys.readouterr().out
    line = json.loads(printed)
    assert (line["message"], line["email"]) == ("message", MASK)
    assert "canary" not in printed
    assert "4111" not in printed


GRAPHQL = {"info": {"fieldName": "f"}, "arguments": {}, "identity": None}


@pytest.fixture
def on_lambda(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_LAMBDA_FUNCTION_NAME", "orders-rest")
    monkeypatch.setenv("AWS_LAMBDA_FUNCTION_VERSION", "7")


@pytest.mark.usefixtures("fresh_logger", "on_lambda")
@pytest.mark.parametrize("error", [TryAgain("busy at canary@example.com"), PlatformError("internal")])
def test_a_failure_of_ours_is_counted_by_version(error: PlatformError, capsys: pytest.CaptureFixture[str]) -> None:
    for answer in (
        lambda: rest.handler(raising(error))({}, None),
        lambda: graphql.resolve(GRAPHQL, {"f": raising(error)}),
    ):
        answer()
        (metric,) = [line for line in map(json.loads, capsys.readouterr().out.splitlines()) if "_aws" in line]
        (directive,) = metric["_aws"]["CloudWatchMetrics"]
        assert directive["Namespace"] == "Ecommerce"
        assert directive["Dimensions"] == [["FunctionName"], ["FunctionName", "ExecutedVersion"]]
        assert directive["Metrics"] == [{"Name": "FailedAnswers", "Unit": "Count"}]
        values = {name: value for name, value in metric.items() if name != "_aws"}
        assert values == {"FailedAnswers": 1, "FunctionName": "orders-rest", "ExecutedVersion": "7"}


@pytest.mark.usefixtures("fresh_logger", "on_lambda")
def test_a_good_answer_and_a_callers_mistake_log_nothing(capsys: pytest.CaptureFixture[str]) -> None:
    rest.handler(lambda *_: rest.respond(200, {}))({}, None)
    graphql.resolve(GRAPHQL, {"f": lambda _: {"ok": True}})
    for error in (InvalidInput("m"), NotFound("m"), IllegalMove("m"), Unauthorized("m")):
        rest.handler(raising(error))({}, None)
        graphql.resolve(GRAPHQL, {"f": raising(error)})
    assert capsys.readouterr().out == ""


@pytest.mark.usefixtures("fresh_logger", "on_lambda")
def test_a_request_that_raises_is_left_to_lambdas_own_count(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(ZeroDivisionError):
        rest.handler(raising(ZeroDivisionError()))({}, None)
    with pytest.raises(ZeroDivisionError):
        graphql.resolve(GRAPHQL, {"f": raising(ZeroDivisionError())})
    assert capsys.readouterr().out == ""
