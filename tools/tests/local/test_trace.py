"""Functions get the trace of the request that invokes them, as on AWS."""

import re
from contextvars import copy_context

import pytest

from tools.local import trace

ROOT = "1-67a0c1f2-0123456789abcdef01234567"
TRACED = {"TracingConfig": {"Mode": "Active"}}
WHOLE = re.compile(r"Root=(1-[0-9a-f]{8}-[0-9a-f]{24});Parent=[0-9a-f]{16};Sampled=([01])")


def invoked(*headers: str | None, config: object = TRACED) -> list[tuple[str, str]]:
    """The trace and the sampling decision of two invocations by a request with this header."""

    def run() -> list[str | None]:
        trace.begin([(b"host", b"x"), *((trace.HEADER, text.encode()) for text in headers if text is not None)])
        return [trace.of_invocation(config) for _ in range(2)]  # type: ignore[arg-type]  # any configuration

    found = [WHOLE.fullmatch(value or "") for value in copy_context().run(run)]
    return [(match[1], match[2]) for match in found if match]


@pytest.mark.parametrize(
    ("header", "sampled"),
    [(f"Root={ROOT}", "1"), (f"Root={ROOT};Parent=53995c3f42cd8ad8;Sampled=0", "0"), (f"Self=x; Root={ROOT}", "1")],
)
def test_the_trace_of_the_request(header: str, sampled: str) -> None:
    assert invoked(header) == [(ROOT, sampled)] * 2


@pytest.mark.parametrize("header", [None, "", "Root=1-x-y", "canary"])
def test_a_request_without_a_valid_one_begins_a_trace(header: str | None) -> None:
    first, second = invoked(header), invoked(header)
    assert len({root for root, _ in first}) == len({root for root, _ in second}) == 1
    assert first != second


def test_a_function_that_is_not_traced_knows_the_trace_and_records_nothing() -> None:
    assert invoked(f"Root={ROOT}", config={}) == [(ROOT, "0")] * 2


def test_without_a_request_each_invocation_of_a_traced_function_begins_one() -> None:
    first, second = (copy_context().run(trace.of_invocation, TRACED) for _ in range(2))
    assert all((first, second))
    assert first != second
    assert copy_context().run(trace.of_invocation, {}) is None
