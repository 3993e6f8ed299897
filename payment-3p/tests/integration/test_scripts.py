"""Failure scripts over the API: who may write them, their effect on a call, and their end."""

import json
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path
from threading import Lock
from typing import Any, cast

import pytest
import yaml

from ecom_testkit.lambda_events import rest_event
from payment_3p_service import bootstrap
from payment_3p_service.handlers import rest_check, rest_merchant, rest_payments, rest_preauth
from payment_3p_service.repository import Ledger
from payment_3p_service.script_repository import ScriptTable
from payment_3p_service.scripts import OPERATIONS, Behaviour, Script, ScriptPlayer

SECRET = {"Authorization": "Bearer secret"}
Answer = tuple[int, Any]
OK, NO = (200, {"ok": True}), (200, {"ok": False})


@pytest.fixture
def waits(provider: Ledger, monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """The seconds that calls waited."""
    seconds: list[float] = []
    table = bootstrap.script_table()
    assert table is not None
    monkeypatch.setattr(bootstrap, "script_player", lambda: ScriptPlayer(table, seconds.append))
    return seconds


def call(handler: Any, path: str, body: Any = None, headers: dict[str, str] | None = None, **more: Any) -> Answer:
    event = rest_event("POST" if body is not None else "GET", path, body)
    answer = handler({**event, "headers": {**event["headers"], **(headers or {})}, **more}, None)
    return answer["statusCode"], json.loads(answer["body"])


def token() -> str:
    return str(
        call(rest_preauth.handler, "/preauth", {"cardNumber": "4111222233334444", "amount": 3000})[1]["paymentToken"]
    )


def check(made: str, amount: int) -> Answer:
    return call(rest_check.handler, "/check", {"paymentToken": made, "amount": amount})


def operate(path: str, headers: dict[str, str] | None = None, **body: Any) -> Answer:
    return call(rest_merchant.handler, path, body, {**SECRET, **(headers or {})})


def read(made: str) -> Answer:
    return call(rest_payments.handler, "/payments/{token}", None, SECRET, pathParameters={"token": made})


def script(behaviour: str, **more: Any) -> Answer:
    return operate("/scripts", behaviour=behaviour, **more)


def status_of(made: str) -> Any:
    return read(made)[1]["status"]


def test_a_scripted_refusal_is_stored_like_any_other(waits: list[float]) -> None:
    made, key = token(), {"Idempotency-Key": "k"}
    script("DECLINE", paymentToken=made, operations=["processPayment", "check"], times=1)
    assert check(made, 1) == NO
    assert operate("/processPayment", key, paymentToken=made) == NO
    assert status_of(made) == "HELD"
    assert operate("/processPayment", key, paymentToken=made) == NO
    assert operate("/processPayment", paymentToken=made) == OK
    assert script("DECLINE", paymentToken=made)[0] == 200
    assert status_of(made) == "CAPTURED", "reading a payment cannot be declined"


@pytest.mark.parametrize(
    ("behaviour", "status", "takes_effect", "expected_waits"),
    [
        ("ERROR", 500, False, []),
        ("DOWN", 503, False, []),
        ("TIMEOUT_BEFORE", 504, False, [7]),
        ("TIMEOUT_AFTER", 504, True, [7]),
        ("SLOW", 200, True, [7]),
        ("TWICE", 200, True, []),
    ],
)
def test_the_effect_of_a_script_on_a_call(
    waits: list[float], behaviour: str, status: int, takes_effect: bool, expected_waits: list[float]
) -> None:
    made, other = token(), token()
    script(behaviour, paymentToken=made, operations=["cancelPayment"], delay=7)
    assert operate("/cancelPayment", paymentToken=made)[0] == status
    assert waits == expected_waits
    assert status_of(made) == ("CANCELLED" if takes_effect else "HELD")
    assert operate("/cancelPayment", paymentToken=other) == OK, "no script for another token"
    assert check(made, 1)[0] == 200, "nor for another operation"


def test_a_request_that_arrives_twice_takes_effect_once_with_a_key(waits: list[float]) -> None:
    made = token()
    script("TWICE", paymentToken=made)
    assert operate("/updateAmount", {"Idempotency-Key": "k"}, paymentToken=made, amount=10) == OK
    assert operate("/processPayment", {"Idempotency-Key": "l"}, paymentToken=made) == OK
    assert operate("/refund", paymentToken=made, amount=4) == OK
    assert read(made)[1]["refunded"] == 8, "without a key it takes effect twice"


def test_down_affects_every_operation_and_ends_at_its_time(waits: list[float], time: Any) -> None:
    made = token()
    assert script("DOWN", seconds=8) == (200, {"until": "2026-03-01T12:00:08.000Z"})
    for answer in (check(made, 1), operate("/processPayment", paymentToken=made), read(made)):
        assert answer[0] == 503
    time.now += timedelta(seconds=7)
    assert read(made)[0] == 503
    time.now += timedelta(seconds=1)
    assert operate("/processPayment", paymentToken=made) == OK


def test_none_ends_a_script_before_its_time(waits: list[float]) -> None:
    made = token()
    script("DOWN")
    assert script("NONE") == (200, {"until": None})
    assert check(made, 1) == OK


def test_a_script_of_one_token_takes_precedence_over_one_of_all(waits: list[float]) -> None:
    made = token()
    script("DOWN")
    script("ERROR", paymentToken=made, times=1)
    assert [check(made, 1)[0], check(made, 1)[0]] == [500, 503]


class OneAtATime:
    """A client whose requests run one at a time: a request to DynamoDB is atomic, one to moto is not.

    The threads still interleave between the read of a script and its use.
    """

    def __init__(self, client: Any) -> None:
        self._client, self._lock = client, Lock()

    def __getattr__(self, name: str) -> Any:
        def call(**request: Any) -> Any:
            with self._lock:
                return getattr(self._client, name)(**request)

        return call


def test_a_counted_script_affects_that_many_calls_however_many_are_concurrent(
    dynamodb: Any, provider: Ledger, time: Any
) -> None:
    table = ScriptTable(cast("Any", OneAtATime(dynamodb)), "ScriptsTable", time)
    table.write("t", ["check"], Script(Behaviour.DOWN, "2026-03-01T13:00:00.000Z", left=3))
    with ThreadPoolExecutor(8) as pool:
        taken = list(pool.map(lambda _: table.take("t", "check"), range(24)))
    assert len([script for script in taken if script]) == 3


@pytest.mark.parametrize(
    ("body", "message"),
    [
        ({}, "behaviour"),
        ({"behaviour": "SULK"}, "DECLINE"),
        ({"behaviour": "DOWN", "operations": []}, "operations"),
        ({"behaviour": "DOWN", "operations": ["preauth"]}, "operations"),
        ({"behaviour": "DOWN", "times": 0}, "times"),
        ({"behaviour": "DOWN", "seconds": 3601}, "seconds"),
        ({"behaviour": "DOWN", "delay": True}, "delay"),
        ({"behaviour": "DOWN", "paymentToken": ""}, "paymentToken"),
        ({"behaviour": "DOWN", "forever": True}, "unknown fields"),
    ],
)
def test_an_invalid_script_is_refused_and_changes_nothing(waits: list[float], body: Any, message: str) -> None:
    status, answer = call_scripts(body)
    assert status == 400
    assert message in answer["message"]
    assert check(token(), 1) == OK


def test_the_merchant_secret_is_required_to_write_scripts(waits: list[float]) -> None:
    assert call_scripts({"behaviour": "DOWN"}, {"Authorization": "Bearer wrong"})[0] == 401
    assert call_scripts({"behaviour": "DOWN"}, {})[0] == 401


def test_without_a_table_there_are_no_scripts(provider: Ledger, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bootstrap, "script_table", lambda: None)
    assert script("DOWN")[0] == 404
    made = token()
    assert check(made, 1) == OK
    assert operate("/processPayment", paymentToken=made) == OK


def test_openapi_lists_the_behaviours_and_operations() -> None:
    api = yaml.safe_load((Path(__file__).parents[2] / "openapi.yaml").read_text())
    fields = api["components"]["schemas"]["Script"]["properties"]
    assert fields["behaviour"]["enum"] == [*Behaviour, "NONE"]
    assert fields["operations"]["items"]["enum"] == list(OPERATIONS)


def call_scripts(body: Any, headers: dict[str, str] = SECRET) -> Answer:
    return call(rest_merchant.handler, "/scripts", body, headers)
