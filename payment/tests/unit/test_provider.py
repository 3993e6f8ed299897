"""The provider's client: accepted, refused, or ProviderUnavailable."""

import json
from collections.abc import Callable
from typing import Any

import pytest

from ecom.http import Request
from payment_service.domain import LedgerEntry, LedgerStatus
from payment_service.errors import ProviderUnavailable
from payment_service.provider import CALL_SECONDS, CHECK_SECONDS, HttpProvider


class FakeSecret:
    def __init__(self) -> None:
        self.values, self.reads = ["old", "new"], 0

    def read(self) -> str:
        return self.values[0]

    def forget(self) -> None:
        self.values.pop(0)


class Wire:
    """A transport that gives the answers in turn, each a (status, body) or an error to raise, after `seconds`."""

    def __init__(self, *answers: Any, seconds: float = 0.0) -> None:
        self.answers, self.sent, self.now, self.seconds = list(answers), list[Request](), 0.0, seconds

    def __call__(self, request: Request) -> tuple[int, bytes]:
        self.sent.append(request)
        self.now += min(self.seconds, request.seconds)
        answer = self.answers.pop(0)
        if isinstance(answer, Exception):
            raise answer
        status, body = answer
        return status, body if isinstance(body, bytes) else json.dumps(body).encode()

    def clock(self) -> float:
        return self.now


def provider(wire: Wire, secret: FakeSecret | None = None) -> HttpProvider:
    return HttpProvider("https://provider", secret or FakeSecret(), wire, wire.clock)


YES, NO = (200, {"ok": True}), (200, {"ok": False})
NO_ANSWER: list[Any] = [
    TimeoutError(),
    ConnectionError(),
    (500, {"message": "x"}),
    (503, {"ok": True}),
    (429, {"ok": False}),
    (200, b"<html>"),
    (200, b""),
    (200, []),
    (200, {"ok": "true"}),
    (200, {}),
    (301, {"ok": True}),
    (403, {"message": "x"}),
    (404, {"message": "x"}),
]
CALLS: list[Callable[[HttpProvider], bool]] = [
    lambda it: it.lower("t", 5, "key"),
    lambda it: it.capture("t", "key"),
    lambda it: it.cancel("t", "key"),
]


@pytest.mark.parametrize("call", CALLS)
def test_ok_true_is_accepted_and_ok_false_or_a_400_is_refused(call: Callable[[HttpProvider], bool]) -> None:
    assert call(provider(Wire(YES))) is True
    assert call(provider(Wire(NO))) is False
    assert call(provider(Wire((400, {"message": "no such payment"})))) is False


@pytest.mark.parametrize("no_answer", NO_ANSWER, ids=str)
@pytest.mark.parametrize("call", [*CALLS, lambda it: it.covers("t", 5)])
def test_any_other_response_is_an_unknown_outcome(call: Callable[[HttpProvider], bool], no_answer: Any) -> None:
    with pytest.raises(ProviderUnavailable):
        call(provider(Wire(no_answer, no_answer)))


def test_each_call_sends_the_request_of_the_contract() -> None:
    wire = Wire(YES, YES, YES)
    it = provider(wire)
    it.lower("t", 5, "key")
    it.capture("t", "key")
    it.cancel("t", "key")
    sent = [(request.method, request.url, json.loads(request.body)) for request in wire.sent]
    assert sent == [
        ("POST", "https://provider/updateAmount", {"paymentToken": "t", "amount": 5}),
        ("POST", "https://provider/processPayment", {"paymentToken": "t"}),
        ("POST", "https://provider/cancelPayment", {"paymentToken": "t"}),
    ]
    for request in wire.sent:
        assert request.headers["Idempotency-Key"] == "key"
        assert request.headers["Authorization"] == "Bearer old"
        assert request.seconds == CALL_SECONDS


def test_a_call_that_changes_a_payment_is_sent_once() -> None:
    """Settlement decides about a repeat, not the client."""
    wire = Wire(TimeoutError())
    with pytest.raises(ProviderUnavailable):
        provider(wire).capture("t", "key")
    assert len(wire.sent) == 1


def test_a_rotated_secret_is_read_again_once() -> None:
    wire = Wire((401, {"message": "x"}), YES)
    assert provider(wire).capture("t", "key") is True
    assert [request.headers["Authorization"] for request in wire.sent] == ["Bearer old", "Bearer new"]
    with pytest.raises(ProviderUnavailable, match="secret"):
        provider(Wire((401, {"message": "x"}), (401, {"message": "x"}))).capture("t", "key")


def test_a_check_has_no_secret_at_most_two_attempts_and_a_time_limit() -> None:
    wire = Wire(TimeoutError(), YES)
    assert provider(wire).covers("t", 5) is True
    assert [request.url for request in wire.sent] == ["https://provider/check"] * 2
    assert "Authorization" not in wire.sent[0].headers
    slow = Wire(TimeoutError(), TimeoutError(), seconds=60)
    with pytest.raises(ProviderUnavailable):
        provider(slow).covers("t", 5)
    assert slow.now == pytest.approx(CHECK_SECONDS)
    assert CHECK_SECONDS < 3


def test_the_ledger_entry() -> None:
    body = {"paymentToken": "t/?#", "status": "CAPTURED", "authorised": 5, "captured": 5, "refunded": 0, "more": 1}
    wire = Wire((200, body))
    assert provider(wire).ledger_entry("t/?#") == LedgerEntry(LedgerStatus.CAPTURED, 5, 5)
    assert (wire.sent[0].method, wire.sent[0].url) == ("GET", "https://provider/payments/t%2F%3F%23")
    assert provider(Wire((404, {"message": "x"}))).ledger_entry("t") is None
    for odd in (
        {},
        {"status": "ODD"},
        {"status": ["HELD"]},
        {"authorised": "5"},
        {"captured": None},
        {"captured": True},
    ):
        with pytest.raises(ProviderUnavailable):
            provider(Wire((200, {**body, **odd} if odd else {}))).ledger_entry("t")


def test_no_error_contains_a_secret() -> None:
    for no_answer in NO_ANSWER:
        with pytest.raises(ProviderUnavailable) as raised:
            provider(Wire(no_answer)).capture("very-secret-token", "key")
        assert "very-secret-token" not in str(raised.value)
        assert "old" not in str(raised.value)


@pytest.mark.parametrize("status", [401, 403, 429, 500, 502, 503])
def test_an_error_is_not_an_unknown_token(status: int) -> None:
    """Without a ledger entry a void counts as done and a capture as failed: only a 404 or 400 is "no entry"."""
    answer = (status, {"message": "x"})
    with pytest.raises(ProviderUnavailable):
        provider(Wire(answer, answer)).ledger_entry("t")
    assert provider(Wire((400, {"message": "x"}))).ledger_entry("t") is None
