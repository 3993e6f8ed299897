"""Failure scripts over the API: who may write them, what they do to a call, and that they end by themselves."""

import json
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import yaml

from ecom_testkit.lambda_events import rest_event
from payment_3p_service import bootstrap
from payment_3p_service.handlers import rest_check, rest_merchant, rest_payments, rest_preauth
from payment_3p_service.repository import Ledger
from payment_3p_service.script_repository import ScriptTable
from payment_3p_service.scripts import OPERATIONS, Behaviour, Script, Stage

SECRET = {"Authorization": "Bearer secret"}
Answer = tuple[int, Any]
OK, NO = (200, {"ok": True}), (200, {"ok": False})


@pytest.fixture
def waited(provider: Ledger, monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """How long callers were kept waiting."""
    waits: list[float] = []
    table = bootstrap.script_table()
    assert table is not None
    monkeypatch.setattr(bootstrap, "stage", lambda: Stage(table, waits.append))
    return waits


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


def look(made: str) -> Answer:
    return call(rest_payments.handler, "/payments/{token}", None, SECRET, pathParameters={"token": made})


def script(behaviour: str, **more: Any) -> Answer:
    return operate("/scripts", behaviour=behaviour, **more)


def status_of(made: str) -> Any:
    return look(made)[1]["status"]


def test_a_scripted_no_is_remembered_like_any_other(waited: list[float]) -> None:
    made, key = token(), {"Idempotency-Key": "k"}
    script("DECLINE", paymentToken=made, operations=["processPayment", "check"], times=1)
    assert check(made, 1) == NO
    assert operate("/processPayment", key, paymentToken=made) == NO
    assert status_of(made) == "HELD"
    assert operate("/processPayment", key, paymentToken=made) == NO
    assert operate("/processPayment", paymentToken=made) == OK
    assert script("DECLINE", paymentToken=made)[0] == 200
    assert status_of(made) == "CAPTURED", "books cannot be declined"


@pytest.mark.parametrize(
    ("behaviour", "status", "happened", "waits"),
    [
        ("ERROR", 500, False, []),
        ("DOWN", 503, False, []),
        ("TIMEOUT_BEFORE", 504, False, [7]),
        ("TIMEOUT_AFTER", 504, True, [7]),
        ("SLOW", 200, True, [7]),
        ("TWICE", 200, True, []),
    ],
)
def test_what_a_script_does_to_a_call(
    waited: list[float], behaviour: str, status: int, happened: bool, waits: list[float]
) -> None:
    made, other = token(), token()
    script(behaviour, paymentToken=made, operations=["cancelPayment"], delay=7)
    assert operate("/cancelPayment", paymentToken=made)[0] == status
    assert waited == waits
    assert status_of(made) == ("CANCELLED" if happened else "HELD")
    assert operate("/cancelPayment", paymentToken=other) == OK, "another token is nobody's script"
    assert check(made, 1)[0] == 200, "neither is another operation"


def test_a_request_that_arrives_twice_is_done_once_under_a_key(waited: list[float]) -> None:
    made = token()
    script("TWICE", paymentToken=made)
    assert operate("/updateAmount", {"Idempotency-Key": "k"}, paymentToken=made, amount=10) == OK
    assert operate("/processPayment", {"Idempotency-Key": "l"}, paymentToken=made) == OK
    assert operate("/refund", paymentToken=made, amount=4) == OK
    assert look(made)[1]["refunded"] == 8, "without a key, twice is twice"


def test_down_is_down_for_everything_and_ends_by_itself(waited: list[float], time: Any) -> None:
    made = token()
    assert script("DOWN", seconds=8) == (200, {"until": "2026-03-01T12:00:08.000Z"})
    for answer in (check(made, 1), operate("/processPayment", paymentToken=made), look(made)):
        assert answer[0] == 503
    time.now += timedelta(seconds=7)
    assert look(made)[0] == 503
    time.now += timedelta(seconds=1)
    assert operate("/processPayment", paymentToken=made) == OK


def test_it_can_be_ended_before_its_time(waited: list[float]) -> None:
    made = token()
    script("DOWN")
    assert script("NONE") == (200, {"until": None})
    assert check(made, 1) == OK


def test_a_script_of_one_token_goes_before_one_of_all(waited: list[float]) -> None:
    made = token()
    script("DOWN")
    script("ERROR", paymentToken=made, times=1)
    assert [check(made, 1)[0], check(made, 1)[0]] == [500, 503]


def test_so_many_times_and_no_more_however_many_call_at_once(dynamodb: Any, provider: Ledger, time: Any) -> None:
    table = ScriptTable(dynamodb, "ScriptsTable", time)
    table.write("t", ["check"], Script(Behaviour.DOWN, "2026-03-01T13:00:00.000Z", left=3))
    with ThreadPoolExecutor(8) as pool:
        taken = list(pool.map(lambda _: table.take("t", "check"), range(24)))
    assert len([script for script in taken if script]) == 3


@pytest.mark.parametrize(
    ("body", "says"),
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
def test_what_is_no_script_is_refused_and_changes_nothing(waited: list[float], body: Any, says: str) -> None:
    status, answer = call_scripts(body)
    assert status == 400
    assert says in answer["message"]
    assert check(token(), 1) == OK


def test_only_who_knows_the_secret_writes_scripts(waited: list[float]) -> None:
    assert call_scripts({"behaviour": "DOWN"}, {"Authorization": "Bearer wrong"})[0] == 401
    assert call_scripts({"behaviour": "DOWN"}, {})[0] == 401


def test_there_are_none_where_the_template_makes_no_table(provider: Ledger, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bootstrap, "script_table", lambda: None)
    assert script("DOWN")[0] == 404
    made = token()
    assert check(made, 1) == OK
    assert operate("/processPayment", paymentToken=made) == OK


def test_the_api_says_what_there_is() -> None:
    api = yaml.safe_load((Path(__file__).parents[2] / "openapi.yaml").read_text())
    fields = api["components"]["schemas"]["Script"]["properties"]
    assert fields["behaviour"]["enum"] == [*Behaviour, "NONE"]
    assert fields["operations"]["items"]["enum"] == list(OPERATIONS)


def call_scripts(body: Any, headers: dict[str, str] = SECRET) -> Answer:
    return call(rest_merchant.handler, "/scripts", body, headers)
