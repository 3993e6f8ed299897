"""The provider's client: a yes, a no, or no answer, and nothing else."""

import json
from collections.abc import Callable
from typing import Any

import pytest

from ecom.http import Request
from payment_service.domain import Books, Held
from payment_service.provider import CALL_SECONDS, CHECK_SECONDS, HttpProvider, ProviderSilent


class FakeSecret:
    def __init__(self) -> None:
        self.values, self.reads = ["old", "new"], 0

    def read(self) -> str:
        return self.values[0]

    def forget(self) -> None:
        self.values.pop(0)


class Wire:
    """Answers in turn: (status, body), or an error to raise; keeps what was sent. Each takes `seconds`."""

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
SILENCE: list[Any] = [
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
def test_a_yes_is_a_yes_and_a_no_is_a_no(call: Callable[[HttpProvider], bool]) -> None:
    assert call(provider(Wire(YES))) is True
    assert call(provider(Wire(NO))) is False
    assert call(provider(Wire((400, {"message": "no such thing"})))) is False


@pytest.mark.parametrize("silence", SILENCE, ids=str)
@pytest.mark.parametrize("call", [*CALLS, lambda it: it.covers("t", 5)])
def test_anything_else_is_neither(call: Callable[[HttpProvider], bool], silence: Any) -> None:
    with pytest.raises(ProviderSilent):
        call(provider(Wire(silence, silence)))


def test_what_is_sent() -> None:
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


def test_a_call_that_moves_money_is_made_once() -> None:
    """Whether it is made again is decided by who keeps the books, not by the wire."""
    wire = Wire(TimeoutError())
    with pytest.raises(ProviderSilent):
        provider(wire).capture("t", "key")
    assert len(wire.sent) == 1


def test_a_changed_secret_is_read_anew_once() -> None:
    wire = Wire((401, {"message": "x"}), YES)
    assert provider(wire).capture("t", "key") is True
    assert [request.headers["Authorization"] for request in wire.sent] == ["Bearer old", "Bearer new"]
    with pytest.raises(ProviderSilent, match="secret"):
        provider(Wire((401, {"message": "x"}), (401, {"message": "x"}))).capture("t", "key")


def test_a_check_is_open_asked_twice_at_most_and_bounded() -> None:
    wire = Wire(TimeoutError(), YES)
    assert provider(wire).covers("t", 5) is True
    assert [request.url for request in wire.sent] == ["https://provider/check"] * 2
    assert "Authorization" not in wire.sent[0].headers
    slow = Wire(TimeoutError(), TimeoutError(), seconds=60)
    with pytest.raises(ProviderSilent):
        provider(slow).covers("t", 5)
    assert slow.now == pytest.approx(CHECK_SECONDS)
    assert CHECK_SECONDS < 3


def test_the_books() -> None:
    body = {"paymentToken": "t/?#", "status": "CAPTURED", "authorised": 5, "captured": 5, "refunded": 0, "more": 1}
    wire = Wire((200, body))
    assert provider(wire).books("t/?#") == Books(Held.CAPTURED, 5, 5)
    assert (wire.sent[0].method, wire.sent[0].url) == ("GET", "https://provider/payments/t%2F%3F%23")
    assert provider(Wire((404, {"message": "x"}))).books("t") is None
    for odd in ({}, {"status": "ODD"}, {"authorised": "5"}, {"captured": None}, {"captured": True}):
        with pytest.raises(ProviderSilent):
            provider(Wire((200, {**body, **odd} if odd else {}))).books("t")


def test_no_error_repeats_what_is_secret() -> None:
    for silence in SILENCE:
        with pytest.raises(ProviderSilent) as raised:
            provider(Wire(silence)).capture("very-secret-token", "key")
        assert "very-secret-token" not in str(raised.value)
        assert "old" not in str(raised.value)
