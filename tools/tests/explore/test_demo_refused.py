"""A request of the demo is refused: one readable line, and no stack trace."""

from types import SimpleNamespace
from typing import Any

import pytest

from ecom_client import journey
from ecom_client.journey import Refused, Shopper
from ecom_client.platform import Answer
from tools.explore import demo_data
from tools.explore.demo import __main__ as demo


@pytest.fixture
def cloud(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(demo, "local_cloud", lambda: SimpleNamespace(environment={}))
    monkeypatch.setattr(demo_data, "seed", lambda _: None)


def test_a_refused_request_is_one_line(
    cloud: None, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def play(*_: Any) -> str:
        raise Refused([{"errorType": "BELOW_RESERVED", "message": "3 units are reserved"}])

    monkeypatch.setattr(demo, "play", play)
    assert demo.main([]) == 1
    assert capsys.readouterr().err == "demo: BELOW_RESERVED: 3 units are reserved\n"


def test_a_refused_card_has_the_reason_of_the_provider(monkeypatch: pytest.MonkeyPatch) -> None:
    refusal = Answer(400, {"message": "cardNumber must have 12 to 19 digits"})
    monkeypatch.setattr(journey, "send", lambda *_: refusal)
    platform: Any = SimpleNamespace(parameter=lambda _: "http://provider")
    person: Any = None
    with pytest.raises(Refused, match="the provider's 400: cardNumber must have 12 to 19 digits"):
        Shopper(platform, person).hold(100, "1")
