"""SQS accepts every dead letter."""

from typing import Any

import pytest

from ecom.dead_letters import DeadLetters
from ecom.errors import InvalidEvent


class Sqs:
    def __init__(self) -> None:
        self.sent: list[dict[str, Any]] = []

    def send_message(self, **request: Any) -> None:
        self.sent.append(request)


def reason(message: str) -> str:
    sqs = Sqs()
    DeadLetters(sqs, "url").send({"a": 1}, InvalidEvent(message), "https://queue")  # type: ignore[arg-type]  # a fake
    (dead_letter,) = sqs.sent
    assert dead_letter["MessageBody"] == '{"a":1}'
    return str(dead_letter["MessageAttributes"]["ERROR_MESSAGE"]["StringValue"])


@pytest.mark.parametrize("sign", ["\x00", "\x1b", "\n", "\ufffe", "\ud800"])
def test_a_reason_has_no_character_that_sqs_refuses(sign: str) -> None:
    assert reason(f"no line kettle{sign}1") == "no line kettle 1"


def test_a_long_reason_is_cut() -> None:
    assert reason("é" * 5000) == "é" * 1000
