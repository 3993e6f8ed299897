"""UserCreated exactly when a user really exists, whoever made it and however often Cognito or the queue says so."""

import json
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from typing import Any

import pytest

import users_service
from ecom import jsons
from ecom.errors import PlatformError
from ecom.events import OutgoingEvent
from ecom.message_queue import Queue
from ecom.publish import PublishFailed
from ecom.schemas import Schemas
from users_service import bootstrap
from users_service.domain import User, user_created
from users_service.handlers import on_cognito_trigger, on_new_user_message

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
USER = User("user-1", "canary@example.com")


class Sqs:
    """The two calls that the handlers make."""

    def __init__(self) -> None:
        self.sent: list[tuple[dict[str, Any], int]] = []
        self.waits: list[int] = []

    def send_message(self, QueueUrl: str, MessageBody: str, DelaySeconds: int) -> None:  # noqa: N803 - boto3's names
        self.sent.append((json.loads(MessageBody), DelaySeconds))

    def change_message_visibility(self, QueueUrl: str, ReceiptHandle: str, VisibilityTimeout: int) -> None:  # noqa: N803 - boto3's names
        self.waits.append(VisibilityTimeout)


class World:
    """The pool, the bus and the dead-letter queue around the consumer."""

    def __init__(self) -> None:
        self.users: dict[str, User] = {}
        self.published: list[OutgoingEvent] = []
        self.letters: list[str] = []
        self.bus_is_down = False
        self.pool, self.publisher, self.dead_letters = self, self, self

    def find(self, name: str) -> User | None:
        return self.users.get(name)

    def publish(self, events: list[OutgoingEvent]) -> None:
        if self.bus_is_down:
            raise PublishFailed([0], ["InternalFailure"])
        self.published += events

    def send(self, received: Any, error: PlatformError, back_to: str = "") -> None:
        self.letters.append(error.message)


@pytest.fixture
def sqs(monkeypatch: pytest.MonkeyPatch) -> Sqs:
    fake = Sqs()
    monkeypatch.setattr(bootstrap, "appeared_queue", lambda: Queue(fake, "url"))  # type: ignore[arg-type]  # a fake with what Queue uses
    return fake


@pytest.fixture
def world(monkeypatch: pytest.MonkeyPatch, sqs: Sqs) -> World:
    fake = World()
    monkeypatch.setattr(bootstrap, "announcing", lambda: fake)
    monkeypatch.setattr(bootstrap, "now", lambda: NOON)
    return fake


def trigger(source: str) -> dict[str, Any]:
    attributes = {"email": USER.email}
    return {"triggerSource": source, "userName": "name-1", "request": {"userAttributes": attributes}, "response": {}}


def deliver(body: Any, age: timedelta = timedelta()) -> dict[str, Any]:
    sent = int((NOON - age).timestamp() * 1000)
    record = {
        "messageId": "m1",
        "receiptHandle": "handle",
        "body": body if isinstance(body, str) else json.dumps(body),
        "attributes": {"ApproximateReceiveCount": "1", "SentTimestamp": str(sent)},
    }
    return on_new_user_message.handler({"Records": [record]}, None)


NOTE = {"name": "name-1", "correlationId": "request-1"}
DONE: dict[str, Any] = {"batchItemFailures": []}
BACK = {"batchItemFailures": [{"itemIdentifier": "m1"}]}


@pytest.mark.parametrize(("source", "delay"), [("PostConfirmation_ConfirmSignUp", 0), ("PreSignUp_AdminCreateUser", 2)])
def test_a_name_is_noted_and_cognito_goes_on(sqs: Sqs, source: str, delay: int) -> None:
    event = trigger(source)
    assert on_cognito_trigger.handler(event, SimpleNamespace(aws_request_id="request-1")) == trigger(source)
    assert sqs.sent == [(NOTE, delay)]
    assert "canary" not in json.dumps(sqs.sent)


@pytest.mark.parametrize(
    "source", ["PreSignUp_SignUp", "PreSignUp_ExternalProvider", "PostConfirmation_ConfirmForgotPassword"]
)
def test_nobody_new_is_no_note(sqs: Sqs, source: str) -> None:
    assert on_cognito_trigger.handler(trigger(source), SimpleNamespace(aws_request_id="r")) == trigger(source)
    assert sqs.sent == []


def test_who_exists_is_announced(world: World) -> None:
    world.users["name-1"] = USER
    assert deliver(NOTE) == DONE
    assert world.published == [user_created(USER, "request-1")]


def test_a_repeat_is_recognisable(world: World) -> None:
    world.users["name-1"] = USER
    deliver(NOTE)
    deliver({**NOTE, "correlationId": "request-2"})
    assert len({event.metadata.event_id for event in world.published}) == 1


def test_who_is_not_there_yet_is_waited_for(world: World, sqs: Sqs) -> None:
    assert deliver(NOTE, age=timedelta(seconds=59)) == BACK
    assert (world.published, sqs.waits) == ([], [5])


def test_who_never_comes_is_dropped_and_counted(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    counted: list[str] = []
    monkeypatch.setattr(on_new_user_message, "count", counted.append)
    assert deliver(NOTE, age=timedelta(seconds=61)) == DONE
    assert (world.published, counted) == ([], ["UserNeverCreated"])


def test_while_the_bus_is_down_the_note_stays(world: World) -> None:
    world.users["name-1"] = USER
    world.bus_is_down = True
    assert deliver(NOTE) == BACK


@pytest.mark.parametrize("body", ["{", [], {"name": 1, "correlationId": "x"}, {}])
def test_what_is_no_note_is_put_away(world: World, body: Any) -> None:
    assert deliver(body) == DONE
    assert len(world.letters) == 1


def test_the_event_is_as_its_schema_says() -> None:
    schemas = Schemas.of_service(users_service.__file__)
    document = jsons.loads(jsons.dumps(user_created(USER, "request-1").document()))
    schemas.check("UserCreated", document)
    assert (document["resources"], document["detail"]["email"]) == (["user-1"], "canary@example.com")


@pytest.mark.usefixtures("fresh_logger")
def test_nothing_personal_is_logged(world: World, capsys: pytest.CaptureFixture[str]) -> None:
    world.users["name-1"] = USER
    world.bus_is_down = True
    deliver(NOTE)
    said = capsys.readouterr()
    assert "retry later" in said.out
    assert "canary" not in said.out + said.err
