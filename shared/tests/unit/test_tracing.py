"""A request's correlation id names its trace, and events carry both."""

import json

import pytest

from ecom import graphql, rest, tracing
from ecom.consumer import dispatch
from ecom.events import IncomingEvent, Metadata, OutgoingEvent, entry_of
from ecom.observability import logger
from ecom_testkit.lambda_events import NOON, LambdaContext, field_event

ROOT = "1-67a0c1f2-0123456789abcdef01234567"
OTHER = "1-67a0c1f2-ffffffffffffffffffffffff"
VARIABLE = f"Root={ROOT};Parent=53995c3f42cd8ad8;Sampled=1;Lineage=1:a87bd80c:0"
BEGUN = f"{ROOT}/{LambdaContext().aws_request_id[:8]}"


@pytest.fixture
def traced(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("_X_AMZN_TRACE_ID", VARIABLE)


@pytest.fixture
def untraced(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("_X_AMZN_TRACE_ID", raising=False)


def event(correlation_id: str) -> IncomingEvent[dict[str, object]]:
    return IncomingEvent("id-1", "s", "T", (), {}, NOON, {"correlationId": correlation_id})


def outgoing(correlation_id: str) -> OutgoingEvent:
    return OutgoingEvent("s", "T", ("r",), {}, Metadata("e-1", "1", correlation_id))


class TestCorrelation:
    @pytest.mark.usefixtures("traced")
    def test_it_has_the_trace_and_is_unique_in_it(self) -> None:
        first, second = LambdaContext(), LambdaContext(aws_request_id="9c1e7b10-0000-4000-8000-000000000000")
        assert tracing.correlation_of(first) == BEGUN
        assert tracing.correlation_of(second) == f"{ROOT}/9c1e7b10"
        assert tracing.trace_of(BEGUN) == ROOT

    @pytest.mark.parametrize("variable", ["", "Root=1-x-y;Sampled=1", "Sampled=1", "Root=canary@example.com"])
    def test_without_a_valid_trace_it_is_the_request_id(self, monkeypatch: pytest.MonkeyPatch, variable: str) -> None:
        monkeypatch.setenv("_X_AMZN_TRACE_ID", variable)
        assert tracing.correlation_of(LambdaContext()) == LambdaContext().aws_request_id
        assert tracing.trace_of(LambdaContext().aws_request_id) == ""

    @pytest.mark.usefixtures("traced")
    def test_requests_begin_it(self) -> None:
        seen = []

        def resolve(field: graphql.Field) -> None:
            seen.extend([field.request_id, tracing.correlation()])

        graphql.resolve(field_event("f", {}, None), {"f": resolve}, LambdaContext())

        @rest.handler
        def answer(_event: object, _context: object) -> rest.Response:
            seen.append(tracing.correlation())
            return rest.respond(200, {})

        answer({}, LambdaContext())
        assert seen == [BEGUN] * 3
        assert tracing.correlation() == ""


class TestEvents:
    @pytest.mark.usefixtures("untraced")
    def test_metadata_names_the_trace(self) -> None:
        assert outgoing(BEGUN).document()["detail"]["metadata"]["traceId"] == ROOT
        assert "traceId" not in outgoing("c5a60fd0").document()["detail"]["metadata"]

    @pytest.mark.usefixtures("traced")
    def test_eventbridge_gets_the_trace_of_the_cause_not_that_of_the_batch(self) -> None:
        assert entry_of(outgoing(f"{OTHER}/1"), "bus")["TraceHeader"] == f"Root={OTHER}"
        assert entry_of(outgoing(BEGUN), "bus")["TraceHeader"] == VARIABLE
        assert entry_of(outgoing("c5a60fd0"), "bus")["TraceHeader"] == VARIABLE

    @pytest.mark.usefixtures("untraced")
    def test_without_a_trace_there_is_no_header(self) -> None:
        assert "TraceHeader" not in entry_of(outgoing("c5a60fd0"), "bus")

    @pytest.mark.usefixtures("traced")
    def test_a_consumer_continues_the_trace_of_the_event(self) -> None:
        seen: list[str] = []

        def handle(_event: object) -> None:
            seen.extend([tracing.correlation(), tracing.header_value(tracing.correlation())])

        dispatch(event(f"{OTHER}/1"), {"T": handle})
        assert seen == [f"{OTHER}/1", f"Root={OTHER}"]
        assert tracing.correlation() == ""


@pytest.mark.usefixtures("fresh_logger", "traced")
def test_log_lines_name_the_work_that_they_belong_to(capsys: pytest.CaptureFixture[str]) -> None:
    def handle(_event: object) -> None:
        logger().warning("inside")
        logger().warning("about another", extra={"correlation_id": "explicit"})

    dispatch(event(BEGUN), {"T": handle})
    logger().warning("outside")
    written = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert [line.get("correlation_id") for line in written] == [BEGUN, "explicit", None]
    assert all(line["xray_trace_id"] == ROOT for line in written)
