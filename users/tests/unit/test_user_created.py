"""UserCreated is published once a user exists, by sign-up or by an administrator, and repeats have the same id."""

import json
from datetime import timedelta
from typing import Any, cast

import pytest

import users_service
from ecom import jsons
from ecom.aws import LONGEST_WAIT_SECONDS
from ecom.events import OutgoingEvent
from ecom.message_queue import Queue
from ecom.publish import PublishFailed
from ecom.runtime import Runtime
from ecom.schemas import Schemas
from ecom_testkit.dead_letter_spy import DeadLetterSpy
from ecom_testkit.lambda_events import NOON, LambdaContext, queue_record, records, trigger_event
from users_service import bootstrap
from users_service.domain import User
from users_service.events import user_created
from users_service.handlers import on_cognito_trigger, on_new_user_message

USER = User("user-1", "canary@example.com")


class Sqs:
    """The two SQS operations that the handlers call."""

    def __init__(self) -> None:
        self.sent: list[tuple[dict[str, Any], int]] = []
        self.waits: list[int] = []

    def send_message(self, QueueUrl: str, MessageBody: str, DelaySeconds: int) -> None:  # noqa: N803 - boto3's names
        self.sent.append((json.loads(MessageBody), DelaySeconds))

    def change_message_visibility(self, QueueUrl: str, ReceiptHandle: str, VisibilityTimeout: int) -> None:  # noqa: N803 - boto3's names
        self.waits.append(VisibilityTimeout)


class Consumer:
    """The function behind the queue, with fakes for the pool, the bus and the queues."""

    def __init__(self) -> None:
        self.users: dict[str, User] = {}
        self.published: list[OutgoingEvent] = []
        self.bus_is_down = False
        self.sqs, self.dead_letters = Sqs(), DeadLetterSpy()

    def find(self, name: str) -> User | None:
        return self.users.get(name)

    def publish(self, events: list[OutgoingEvent]) -> None:
        if self.bus_is_down:
            raise PublishFailed([0], ["InternalFailure"])
        self.published += events


@pytest.fixture
def consumer(monkeypatch: pytest.MonkeyPatch) -> Consumer:
    fake = Consumer()
    runtime = Runtime(
        users_service.__file__,
        queue=Queue(cast("Any", fake.sqs), "url"),
        publisher=fake,
        dead_letters=fake.dead_letters,
        now=lambda: NOON,
    )
    monkeypatch.setattr(bootstrap, "runtime", runtime)
    monkeypatch.setattr(bootstrap, "user_pool", lambda: fake)
    monkeypatch.setattr(bootstrap, "new_users", lambda: runtime.queue)
    return fake


@pytest.fixture
def sqs(consumer: Consumer) -> Sqs:
    return consumer.sqs


def deliver(body: Any, age: timedelta = timedelta()) -> dict[str, Any]:
    return on_new_user_message.handler(records(queue_record(body, sent_at=NOON - age)), None)


MESSAGE = {"name": "name-1", "correlationId": "request-1"}
DONE: dict[str, Any] = {"batchItemFailures": []}
RETRIED = {"batchItemFailures": [{"itemIdentifier": "message-1"}]}


@pytest.mark.parametrize(("source", "delay"), [("PostConfirmation_ConfirmSignUp", 0), ("PreSignUp_AdminCreateUser", 2)])
def test_the_user_name_is_sent_to_the_queue_and_cognito_continues(sqs: Sqs, source: str, delay: int) -> None:
    event = trigger_event(source, "name-1", USER.email)
    assert on_cognito_trigger.handler(event, LambdaContext()) == trigger_event(source, "name-1", USER.email)
    assert sqs.sent == [(MESSAGE, delay)]
    assert "canary" not in json.dumps(sqs.sent)


def test_a_silent_queue_ends_before_cognito_stops_waiting(monkeypatch: pytest.MonkeyPatch, fake_aws: None) -> None:
    monkeypatch.setenv("QUEUE_URL", "url")
    bootstrap.new_users.cache_clear()
    settings: Any = bootstrap.new_users().client.meta.config
    attempt = settings.connect_timeout + settings.read_timeout
    attempts = settings.retries["total_max_attempts"]
    assert attempts * attempt + (attempts - 1) * LONGEST_WAIT_SECONDS < 5
    bootstrap.new_users.cache_clear()


@pytest.mark.parametrize(
    "source", ["PreSignUp_SignUp", "PreSignUp_ExternalProvider", "PostConfirmation_ConfirmForgotPassword"]
)
def test_other_triggers_send_nothing(sqs: Sqs, source: str) -> None:
    event = trigger_event(source, "name-1", USER.email)
    assert on_cognito_trigger.handler(event, LambdaContext()) == trigger_event(source, "name-1", USER.email)
    assert sqs.sent == []


def test_a_user_that_exists_is_published(consumer: Consumer) -> None:
    consumer.users["name-1"] = USER
    assert deliver(MESSAGE) == DONE
    assert consumer.published == [user_created(USER, "request-1")]


def test_a_repeat_has_the_same_event_id(consumer: Consumer) -> None:
    consumer.users["name-1"] = USER
    deliver(MESSAGE)
    deliver({**MESSAGE, "correlationId": "request-2"})
    assert len({event.metadata.event_id for event in consumer.published}) == 1


def test_a_user_that_does_not_exist_yet_is_retried_later(consumer: Consumer, sqs: Sqs) -> None:
    assert deliver(MESSAGE, age=timedelta(seconds=59)) == RETRIED
    assert (consumer.published, sqs.waits) == ([], [5])


def test_a_user_that_is_never_created_is_dropped_and_counted(
    consumer: Consumer, monkeypatch: pytest.MonkeyPatch
) -> None:
    counted: list[str] = []
    monkeypatch.setattr(on_new_user_message, "count", counted.append)
    assert deliver(MESSAGE, age=timedelta(seconds=61)) == DONE
    assert (consumer.published, counted) == ([], ["UserNeverCreated"])


def test_the_message_is_retried_while_the_bus_is_unavailable(consumer: Consumer) -> None:
    consumer.users["name-1"] = USER
    consumer.bus_is_down = True
    assert deliver(MESSAGE) == RETRIED


@pytest.mark.parametrize("body", ["{", [], {"name": 1, "correlationId": "x"}, {}])
def test_an_invalid_message_is_a_dead_letter(consumer: Consumer, body: Any) -> None:
    assert deliver(body) == DONE
    assert len(consumer.dead_letters.messages) == 1


def test_the_event_fits_its_schema() -> None:
    schemas = Schemas.of_service(users_service.__file__)
    document = jsons.loads(jsons.dumps(user_created(USER, "request-1").document()))
    schemas.check("UserCreated", document)
    assert (document["resources"], document["detail"]["email"]) == (["user-1"], "canary@example.com")


@pytest.mark.usefixtures("fresh_logger")
def test_nothing_personal_is_logged(consumer: Consumer, capsys: pytest.CaptureFixture[str]) -> None:
    consumer.users["name-1"] = USER
    consumer.bus_is_down = True
    deliver(MESSAGE)
    output = capsys.readouterr()
    assert "retry later" in output.out
    assert "canary" not in output.out + output.err
