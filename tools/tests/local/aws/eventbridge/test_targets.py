"""Targets of rules, in virtual time."""

from typing import Any

import pytest

from tools.local.aws.eventbridge.targets import Delivery, Offer, Refusal, deliver
from tools.local.delivery.model import Pace
from tools.tests.local.delivery.world import World

BUSY = Refusal("THROTTLING", "later", retry=True)
NO = Refusal("NO_PERMISSIONS", "not you")


def run(world: World, offer: Offer, **target: Any) -> list[float]:
    wanted = {"Arn": "arn:target", "DeadLetterConfig": {"Arn": "arn:dead"}, **target}
    states = [Delivery("id", "arn:rule", wanted, '{"input":1}', '{"detail":{}}', world.now).to_state()]

    def step() -> float | None:
        again = deliver(Delivery.from_state(states[-1]), offer, world.send, world.clock, Pace())
        if again is None:
            return None
        states.append(again.delivery.to_state())
        return again.due

    return world.run(step)


def attributes(world: World) -> dict[str, str]:
    (message,) = world.sent
    assert message.destination == "arn:dead"
    assert message.body == '{"detail":{}}'
    assert message.attributes is not None
    return {name: value for name, (_, value) in message.attributes.items()}


def test_a_target_that_accepts_gets_one_offer() -> None:
    world, requested = World(), list[str]()
    assert run(world, lambda one: requested.append(one.payload)) == []
    assert requested == ['{"input":1}']
    assert not world.sent


def test_a_final_refusal_is_not_retried() -> None:
    world = World()
    assert run(world, lambda _one: NO) == []
    assert attributes(world) == {
        "RULE_ARN": "arn:rule",
        "TARGET_ARN": "arn:target",
        "ERROR_CODE": "NO_PERMISSIONS",
        "ERROR_MESSAGE": "not you",
        "RETRY_ATTEMPTS": "0",
    }


@pytest.mark.parametrize("retries", [0, 3, "2"])
def test_retries_are_limited_by_the_configuration(retries: Any) -> None:
    world = World()
    waits = run(world, lambda _one: BUSY, RetryPolicy={"MaximumRetryAttempts": retries})
    assert len(waits) == int(retries)
    details = attributes(world)
    assert details["EXHAUSTED_RETRY_CONDITION"] == "MaximumRetryAttempts"
    assert details["RETRY_ATTEMPTS"] == str(retries)


def test_age_ends_the_retries() -> None:
    world, begin = World(), World().now
    run(world, lambda _one: BUSY, RetryPolicy={"MaximumEventAgeInSeconds": 60})
    assert attributes(world)["EXHAUSTED_RETRY_CONDITION"] == "MaximumEventAgeInSeconds"
    assert world.now - begin <= 60


def test_the_default_is_attempts_for_a_day() -> None:
    world, begin = World(), World().now
    waits = run(world, lambda _one: BUSY)
    assert 86400 - 600 <= world.now - begin <= 86400
    assert len(waits) <= 185
    assert max(waits) == 600


def test_without_a_dead_letter_queue_the_loss_is_logged(caplog: pytest.LogCaptureFixture) -> None:
    world = World()
    run(world, lambda _one: NO, DeadLetterConfig={})
    assert not world.sent
    assert "arn:rule: not delivered to arn:target (NO_PERMISSIONS: not you); dropped" in caplog.text


def test_a_target_that_recovers_gets_it() -> None:
    world, answers = World(), [BUSY, BUSY, None]
    assert run(world, lambda _one: answers.pop(0)) == [1, 2]
    assert not world.sent
