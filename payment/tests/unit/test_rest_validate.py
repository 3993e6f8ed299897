"""POST /backend/validate answers as the provider does, and 503 when the provider does not answer."""

import json
from typing import Any

import pytest

from ecom_testkit.lambda_events import LambdaContext, rest_event
from payment_service import bootstrap
from payment_service.errors import ProviderUnavailable
from payment_service.handlers import rest_validate


class FakeProvider:
    """The one call that validation makes."""

    def __init__(self) -> None:
        self.held = {"token": 3000}
        self.is_down = False

    def covers(self, token: str, amount: int) -> bool:
        if self.is_down:
            raise ProviderUnavailable("the provider did not answer (TimeoutError)")
        return amount <= self.held.get(token, -1)


@pytest.fixture
def provider(monkeypatch: pytest.MonkeyPatch) -> FakeProvider:
    fake = FakeProvider()
    monkeypatch.setattr(bootstrap, "validation_provider", lambda: fake)
    return fake


def post(body: Any) -> tuple[int, Any]:
    answer = rest_validate.handler(rest_event("POST", "/backend/validate", body), LambdaContext())
    return answer["statusCode"], json.loads(answer["body"])


@pytest.mark.parametrize(("token", "total", "ok"), [("token", 3000, True), ("token", 3001, False), ("other", 0, False)])
def test_ok_is_the_answer_of_the_provider(provider: FakeProvider, token: str, total: int, ok: bool) -> None:
    assert post({"paymentToken": token, "total": total}) == (200, {"ok": ok})


def test_without_an_answer_of_the_provider_the_response_is_a_503(
    provider: FakeProvider, capsys: pytest.CaptureFixture[str]
) -> None:
    provider.is_down = True
    status, answer = post({"paymentToken": "token", "total": 1})
    assert (status, "ok" in answer) == (503, False)
    assert '"paymentToken"' not in capsys.readouterr().out


@pytest.mark.parametrize(
    ("body", "place"),
    [
        ("", "body"),
        ("{", "body"),
        ([], "body"),
        ({}, "paymentToken"),
        ({"paymentToken": "", "total": 1}, "paymentToken"),
        ({"paymentToken": 7, "total": 1}, "paymentToken"),
        ({"paymentToken": "x" * 201, "total": 1}, "paymentToken"),
        ({"paymentToken": "x"}, "total"),
        ({"paymentToken": "x", "total": -1}, "total"),
        ({"paymentToken": "x", "total": 1.0}, "total"),
        ({"paymentToken": "x", "total": True}, "total"),
        ({"paymentToken": "x", "total": 1, "ok": True}, "ok"),
    ],
)
def test_a_malformed_body_is_a_400_that_names_the_field(provider: FakeProvider, body: Any, place: str) -> None:
    status, answer = post(body)
    assert (status, place in answer["message"]) == (400, True)
