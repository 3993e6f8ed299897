"""The user pool is asked once for each user and day, and not at all for a new user."""

import json
from datetime import timedelta
from typing import Any

import pytest

import notifications_service
from ecom.runtime import Runtime
from ecom_testkit.dead_letter_spy import DeadLetterSpy
from ecom_testkit.examples import example
from ecom_testkit.lambda_events import NOON, bus_event
from notifications.tests.builders import ADDRESS, LATER
from notifications.tests.fakes import AddressesInMemory, RecipientsInMemory
from notifications_service import bootstrap
from notifications_service.addresses import KnownRecipients
from notifications_service.errors import InvalidAddress
from notifications_service.handlers import on_user_created


class Scene:
    def __init__(self) -> None:
        self.addresses, self.pool = AddressesInMemory(LATER), RecipientsInMemory()
        self.recipients = KnownRecipients(self.addresses, self.pool, lambda: self.addresses.now)
        self.dead_letters = DeadLetterSpy()

    def created(self, email: str = ADDRESS, user_id: str = "user-1") -> None:
        detail = {"userId": user_id, "email": email}
        on_user_created.handler(bus_event("ecommerce.users", "UserCreated", detail, resources=[user_id]), None)


@pytest.fixture
def scene(monkeypatch: pytest.MonkeyPatch) -> Scene:
    made = Scene()
    monkeypatch.setattr(bootstrap, "addresses", lambda: made.addresses)
    parts = Runtime(notifications_service.__file__, dead_letters=made.dead_letters)
    monkeypatch.setattr(bootstrap, "runtime", parts)
    return made


def test_the_pool_is_asked_once_a_day(scene: Scene) -> None:
    assert [scene.recipients.address_of("user-1") for _ in range(4)] == [ADDRESS] * 4
    assert scene.pool.asked == ["user-1"]
    scene.pool.addresses["user-1"] = "jo@new.example"
    scene.addresses.now += timedelta(days=1)
    assert [scene.recipients.address_of("user-1") for _ in range(4)] == ["jo@new.example"] * 4
    assert scene.pool.asked == ["user-1"] * 2


def test_the_pool_is_not_asked_for_a_new_user(scene: Scene) -> None:
    scene.created()
    assert scene.recipients.address_of("user-1") == ADDRESS
    assert scene.pool.asked == []


def test_a_late_event_replaces_no_newer_address(scene: Scene) -> None:
    scene.recipients.address_of("user-1")
    scene.created("jo@old.example")
    assert scene.recipients.address_of("user-1") == ADDRESS
    assert NOON < LATER


def test_an_event_that_is_delivered_days_later_is_not_kept(scene: Scene) -> None:
    scene.addresses.now += timedelta(days=2)
    scene.created("jo@old.example")
    assert scene.addresses.rows == {}


def test_a_deleted_user_is_forgotten(scene: Scene) -> None:
    scene.recipients.address_of("user-1")
    scene.addresses.now += timedelta(days=1)
    scene.pool.addresses.clear()
    assert scene.recipients.address_of("user-1") is None
    assert scene.addresses.rows == {}


@pytest.mark.parametrize("address", ["jo", "jo@a.com,mo@b.com", "jo@a.com\r\nBcc: mo@b.com"])
def test_an_address_that_cannot_receive_mail_is_never_used(scene: Scene, address: str) -> None:
    scene.created(address)
    assert (scene.addresses.rows, scene.dead_letters.messages) == ({}, [])
    scene.addresses.rows["user-1"] = (LATER, address)
    with pytest.raises(InvalidAddress):
        scene.recipients.address_of("user-1")


def test_the_example_of_the_producer_is_kept(scene: Scene) -> None:
    event: Any = example("UserCreated", "user-1")
    on_user_created.handler(event, None)
    assert len(scene.addresses.rows) + (event["time"] < "2026-02-28T12:30:00Z") == 1


def test_logs_contain_no_address(scene: Scene, capsys: pytest.CaptureFixture[str], fresh_logger: None) -> None:
    scene.created()
    scene.created("not an address of jo")
    scene.recipients.address_of("user-1")
    on_user_created.handler({**bus_event("ecommerce.users", "UserCreated", {"email": ADDRESS})}, None)
    ((_, error),) = scene.dead_letters.messages
    written = capsys.readouterr()
    for text in (ADDRESS, "of jo"):
        assert text not in written.out + written.err + json.dumps(error.message)
