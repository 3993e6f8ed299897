"""POST /preauth with an Idempotency-Key: a repeat holds nothing again, and a key finds tokens of its own card only."""

import json
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Barrier, Lock
from typing import Any

import pytest
from botocore.exceptions import ReadTimeoutError

from ecom_testkit.lambda_events import rest_event
from payment_3p_service import bootstrap
from payment_3p_service.card_requests import request_of
from payment_3p_service.domain import capture, hold
from payment_3p_service.errors import Busy
from payment_3p_service.handlers import rest_merchant, rest_preauth
from payment_3p_service.repository import Ledger

CARD, OTHER_CARD = "4111222233334444", "5555666677774444"
KEY = "6f1c2f6e-5a0b-4c55-8a5e-0f6b7c1d2e3f"
Answer = tuple[int, Any]


def preauth(key: str | None = KEY, card: Any = CARD, amount: Any = 3000, name: str = "Idempotency-Key") -> Answer:
    event = rest_event("POST", "/preauth", {"cardNumber": card, "amount": amount})
    headers = event["headers"] if key is None else {**event["headers"], name: key}
    answer = rest_preauth.handler({**event, "headers": headers}, None)
    assert answer["headers"]["Access-Control-Allow-Origin"] == "https://shop.example"
    return answer["statusCode"], json.loads(answer["body"])


def holds(provider: Ledger) -> list[str]:
    return [payment.token for payment in provider.holds("").payments]


def test_a_repeat_gets_the_first_token_and_holds_nothing_again(provider: Ledger) -> None:
    first = preauth()
    assert first[0] == 200
    assert preauth() == first
    assert preauth(name="idempotency-key") == first
    assert holds(provider) == [first[1]["paymentToken"]]


def test_a_repeat_gets_the_first_token_whatever_became_of_the_hold(provider: Ledger, time: Any) -> None:
    first = preauth()
    provider.change(first[1]["paymentToken"], capture)
    time.now += timedelta(days=31)
    assert preauth() == first
    assert holds(provider) == []


def test_without_a_key_every_request_holds(provider: Ledger, dynamodb: Any) -> None:
    tokens = {preauth(key=None)[1]["paymentToken"] for _ in range(2)}
    assert set(holds(provider)) == tokens
    assert len(tokens) == 2
    assert dynamodb.scan(TableName="KeysTable")["Items"] == []


def test_a_key_belongs_to_one_amount(provider: Ledger) -> None:
    first = preauth()
    status, answer = preauth(amount=3001)
    assert (status, "another request" in answer["message"]) == (400, True)
    assert holds(provider) == [first[1]["paymentToken"]]


def test_a_caller_with_another_card_neither_gets_nor_blocks_the_token_of_a_guessed_key(provider: Ledger) -> None:
    guessed = preauth(card=OTHER_CARD)  # before the owner of the key
    owner = preauth()
    assert owner[0] == guessed[0] == 200
    assert owner != guessed
    assert (preauth(), preauth(card=OTHER_CARD)) == (owner, guessed)
    assert preauth(card="9999888877776666")[1] not in (owner[1], guessed[1])


def test_a_key_of_the_merchant_is_another_key(provider: Ledger) -> None:
    made = preauth()[1]["paymentToken"]
    event = rest_event("POST", "/processPayment", {"paymentToken": made})
    headers = {**event["headers"], "Authorization": "Bearer secret", "Idempotency-Key": KEY}
    answer = rest_merchant.handler({**event, "headers": headers}, None)
    assert (answer["statusCode"], json.loads(answer["body"])) == (200, {"ok": True})
    assert preauth()[1]["paymentToken"] == made


def test_no_key_of_the_merchant_is_stored_like_one_of_a_card() -> None:
    assert " " in request_of(KEY, CARD, 3000).key, "the merchant's keys are stored as they are, and have no space"


def test_neither_the_card_nor_the_key_is_stored(provider: Ledger, dynamodb: Any, time: Any) -> None:
    made = preauth()[1]["paymentToken"]
    (item,) = dynamodb.scan(TableName="KeysTable")["Items"]
    assert item["paymentToken"] == made
    assert int(item["forgetAt"]) == (time() + timedelta(days=90)).timestamp(), "as long as the merchant's keys"
    stored = str(item).replace(made, "")
    for secret in (CARD, CARD[:6], CARD[-4:], KEY):
        assert secret not in stored.replace(item["idempotencyKey"], "")
    assert CARD not in item["idempotencyKey"]
    assert KEY not in item["idempotencyKey"]


@pytest.mark.parametrize("key", ["", " ", "x" * 256, "a b"])
def test_a_bad_key_is_a_400_and_holds_nothing(provider: Ledger, key: str) -> None:
    status, answer = preauth(key)
    assert (status, "Idempotency-Key" in answer["message"]) == (400, True)
    assert holds(provider) == []


def test_a_refused_request_does_not_use_up_its_key(provider: Ledger) -> None:
    assert preauth(card="41")[0] == preauth(amount=-1)[0] == 400
    assert preauth()[0] == 200


class Client:
    """Requests to the tables, with `after` called behind each one that has that name."""

    def __init__(self, client: Any, name: str, after: Callable[[], object]) -> None:
        self._client, self._name, self._after = client, name, after
        self._lock = Lock()  # a request to DynamoDB is atomic, one to moto is not

    def __getattr__(self, name: str) -> Any:
        def call(**request: Any) -> Any:
            with self._lock:
                answer = getattr(self._client, name)(**request)
            if name == self._name:
                self._after()
            return answer

        return call


def ledger_over(client: Any, time: Any) -> Ledger:
    return Ledger(client, "Table", "KeysTable", time, lambda _: None)


def test_a_repeat_after_a_lost_answer_gets_the_token_of_the_hold_that_was_made(
    dynamodb: Any, provider: Ledger, time: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    def lose() -> None:
        raise ReadTimeoutError(endpoint_url="https://dynamodb")

    losing = ledger_over(Client(dynamodb, "transact_write_items", lose), time)
    monkeypatch.setattr(bootstrap, "ledger", lambda: losing)
    assert preauth()[0] == 503
    monkeypatch.setattr(bootstrap, "ledger", lambda: provider)
    (made,) = holds(provider)
    assert preauth() == (200, {"paymentToken": made})
    assert holds(provider) == [made]


def test_concurrent_requests_with_one_key_hold_once(
    dynamodb: Any, provider: Ledger, time: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    callers = 4
    barrier = Barrier(callers)
    has_read = iter([barrier.wait] * callers)  # each finds no answer before the first one writes

    def meet() -> None:
        next(has_read, lambda: None)()

    shared = ledger_over(Client(dynamodb, "get_item", meet), time)
    monkeypatch.setattr(bootstrap, "ledger", lambda: shared)
    with ThreadPoolExecutor(callers) as pool:
        answers = list(pool.map(lambda _: preauth(), range(callers)))
    (made,) = holds(provider)
    assert answers == [(200, {"paymentToken": made})] * callers


def test_a_token_that_another_payment_has_is_busy_and_stores_no_answer(
    dynamodb: Any, ledger: Ledger, time: Any
) -> None:
    ledger.open(hold("taken", OTHER_CARD, 1, time(), 30))
    request = request_of(KEY, CARD, 3000)
    with pytest.raises(Busy):
        ledger.open_once(hold("taken", CARD, 3000, time(), 30), request)
    assert dynamodb.scan(TableName="KeysTable")["Items"] == []
    assert ledger.open_once(hold("free", CARD, 3000, time(), 30), request) == "free"
