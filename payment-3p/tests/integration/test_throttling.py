"""DynamoDB throttles or fails at any request: 503, and the same request with the same key may be sent again."""

import json
import uuid
from collections.abc import Callable
from typing import Any

import pytest
from botocore.exceptions import ClientError, ConnectTimeoutError, EndpointConnectionError, ReadTimeoutError

from ecom_testkit.lambda_events import rest_event
from ecom_testkit.throttling import FAILURES, FailingClient
from payment_3p_service import bootstrap
from payment_3p_service.domain import capture, hold, lower
from payment_3p_service.errors import Busy
from payment_3p_service.handlers import rest_check, rest_merchant, rest_payments, rest_preauth
from payment_3p_service.held_index import partitions
from payment_3p_service.repository import Ledger, Request
from payment_3p_service.script_repository import ScriptTable
from payment_3p_service.scripts import Behaviour, Script, ScriptPlayer

TOKEN, UNTIL = "token", "2026-03-01T13:00:00.000Z"
SECRET = {"Authorization": "Bearer secret"}


def fresh() -> str:
    return str(uuid.uuid4())


def ledger_over(client: Any, time: Any) -> Ledger:
    return Ledger(client, "Table", "KeysTable", time, lambda _: None)


# Each operation with the number of its requests.
OPERATIONS: dict[str, tuple[Callable[[Ledger, ScriptTable, Any], object], int]] = {
    "open": (lambda ledger, _, time: ledger.open(hold(fresh(), "4111222233334444", 1, time(), 30)), 1),
    "find": (lambda ledger, _, time: ledger.find(TOKEN), 1),
    "change": (lambda ledger, _, time: ledger.change(TOKEN, lower(2000)), 2),
    "change with a key": (lambda ledger, _, time: ledger.change(TOKEN, lower(9), Request(fresh(), "x")), 3),
    "decline with a key": (lambda ledger, _, time: ledger.change("no", lower(9), Request(fresh(), "x")), 3),
    "holds": (lambda ledger, _, time: ledger.holds(""), len(partitions())),
    "find many": (lambda ledger, _, time: ledger.find_many([TOKEN]), 1),
    "write a script": (lambda _, scripts, time: scripts.write(None, ["check"], Script(Behaviour.DOWN, UNTIL)), 1),
    "erase a script": (lambda _, scripts, time: scripts.erase(None, ["check"]), 1),
    "take a script": (lambda _, scripts, time: scripts.take("counted", "check"), 2),
}


@pytest.mark.parametrize("name", OPERATIONS)
def test_a_failure_at_any_request_is_busy(dynamodb: Any, ledger: Ledger, time: Any, name: str) -> None:
    operation, calls = OPERATIONS[name]
    ledger.open(hold(TOKEN, "4111222233334444", 3000, time(), 30))
    ScriptTable(dynamodb, "ScriptsTable", time).write(
        "counted", ["check"], Script(Behaviour.DOWN, UNTIL, left=len(FAILURES))
    )

    def run(code: str, status: int, succeed: int) -> None:
        client: Any = FailingClient(code, status, dynamodb, succeed)
        operation(ledger_over(client, time), ScriptTable(client, "ScriptsTable", time), time)

    for code, status in FAILURES:
        for succeed in range(calls):
            with pytest.raises(Busy):
                run(code, status, succeed)
        run(code, status, calls)  # the number of requests is right


class Raising:
    """A client that raises the error at every call."""

    def __init__(self, error: Exception) -> None:
        self._error = error

    def __getattr__(self, _: str) -> Any:
        def call(**_: Any) -> Any:
            raise self._error

        return call


URL = {"endpoint_url": "https://dynamodb"}


@pytest.mark.parametrize(
    "error", [ConnectTimeoutError(**URL), ReadTimeoutError(**URL), EndpointConnectionError(**URL)], ids=repr
)
def test_no_answer_of_dynamodb_is_busy(time: Any, error: Exception) -> None:
    with pytest.raises(Busy):
        ledger_over(Raising(error), time).find(TOKEN)


def cancelled(*reasons: str) -> ClientError:
    response: Any = {
        "Error": {"Code": "TransactionCanceledException"},
        "CancellationReasons": [{"Code": reason} for reason in reasons],
    }
    return ClientError(response, "TransactWriteItems")


class CancelOnce:
    """A client whose first transaction is cancelled for the reasons."""

    def __init__(self, client: Any, *reasons: str) -> None:
        self._client, self._error = client, [cancelled(*reasons)]

    def __getattr__(self, name: str) -> Any:
        return getattr(self._client, name)

    def transact_write_items(self, **request: Any) -> Any:
        if self._error:
            raise self._error.pop()
        return self._client.transact_write_items(**request)


def test_a_conflict_of_transactions_is_retried_a_throttled_one_is_busy(dynamodb: Any, time: Any) -> None:
    for number, reasons in enumerate([("TransactionConflict", "None"), ("None", "ConditionalCheckFailed")]):
        ledger = ledger_over(CancelOnce(dynamodb, *reasons), time)
        ledger.open(hold(f"t{number}", "4111222233334444", 3000, time(), 30))
        assert ledger.change(f"t{number}", capture, Request(f"key{number}", "x")) is True
    throttled = ledger_over(CancelOnce(dynamodb, "ThrottlingError", "None"), time)
    throttled.open(hold("t", "4111222233334444", 3000, time(), 30))
    with pytest.raises(Busy):
        throttled.change("t", capture, Request("key", "x"))
    assert throttled.change("t", capture, Request("key", "x")) is True
    wrong = ledger_over(CancelOnce(dynamodb, "ValidationError", "None"), time)
    wrong.open(hold("w", "4111222233334444", 3000, time(), 30))
    with pytest.raises(ClientError):
        wrong.change("w", capture, Request("w", "x"))


def test_a_script_whose_key_stays_unprocessed_is_not_skipped(time: Any) -> None:
    class Unprocessed:
        def batch_get_item(self, **request: Any) -> Any:
            return {"Responses": {}, "UnprocessedKeys": request["RequestItems"]}

    client: Any = Unprocessed()
    with pytest.raises(Busy):
        ScriptTable(client, "ScriptsTable", time).take("t", "check")


REQUESTS: dict[str, tuple[Any, str, Any]] = {
    "preauth": (rest_preauth.handler, "/preauth", {"cardNumber": "4111222233334444", "amount": 3000}),
    "check": (rest_check.handler, "/check", {"paymentToken": TOKEN, "amount": 1}),
    "capture": (rest_merchant.handler, "/processPayment", {"paymentToken": TOKEN}),
    "cancel": (rest_merchant.handler, "/cancelPayment", {"paymentToken": TOKEN}),
    "lower": (rest_merchant.handler, "/updateAmount", {"paymentToken": TOKEN, "amount": 1}),
    "refund": (rest_merchant.handler, "/refund", {"paymentToken": TOKEN, "amount": 1}),
    "script": (rest_merchant.handler, "/scripts", {"behaviour": "DOWN", "seconds": 1}),
    "payment": (rest_payments.handler, "/payments/{token}", None),
    "payments": (rest_payments.handler, "/payments", {"paymentTokens": [TOKEN]}),
    "holds": (rest_payments.handler, "/payments", None),
}
MOST_REQUESTS = len(partitions())


@pytest.mark.parametrize("name", REQUESTS)
def test_every_call_answers_503_and_succeeds_afterwards(
    dynamodb: Any, provider: Ledger, time: Any, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    handler, path, body = REQUESTS[name]
    provider.open(hold(TOKEN, "4111222233334444", 3000, time(), 30))
    event = rest_event("GET" if body is None else "POST", path, body)
    event = {**event, "headers": {**SECRET, "Idempotency-Key": "key"}, "pathParameters": {"token": TOKEN}}
    for code, status in FAILURES:
        for succeed in range(MOST_REQUESTS + 1):
            client: Any = FailingClient(code, status, dynamodb, succeed)
            scripts = ScriptTable(client, "ScriptsTable", time)
            monkeypatch.setattr(bootstrap, "ledger", lambda client=client: ledger_over(client, time))
            monkeypatch.setattr(bootstrap, "script_table", lambda scripts=scripts: scripts)
            monkeypatch.setattr(
                bootstrap, "script_player", lambda scripts=scripts: ScriptPlayer(scripts, lambda _: None)
            )
            answer = handler(event, None)
            if answer["statusCode"] == 200:
                break
            assert (answer["statusCode"], list(json.loads(answer["body"]))) == (503, ["message"])
        assert answer["statusCode"] == 200
        assert succeed > 0
