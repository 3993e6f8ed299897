"""Dead letters are released in batches, also after SQS refused some, and no refusal replaces the error before it."""

from collections.abc import Mapping, Sequence
from typing import Any, cast

import pytest
from botocore.exceptions import ClientError

from tools.operate.redrive.__main__ import arguments, run
from tools.operate.redrive.queue import DeadLetterQueue
from tools.project.aws import Target
from tools.project.problems import Problem
from tools.tests.operate.test_redrive_many import URL, Sqs

THROTTLED = ClientError({"Error": {"Code": "RequestThrottled", "Message": "slower"}}, "ChangeMessageVisibilityBatch")


class Refusing(Sqs):
    """It releases none of the first batch: it refuses each entry or the request. `how` ends the reading or sending."""

    def __init__(self, number: int, refused: ClientError | None = None, how: BaseException | None = None) -> None:
        super().__init__(number)
        self.refused, self.how = refused, how
        self.batches = 0

    def change_message_visibility_batch(self, *, QueueUrl: str, Entries: Sequence[Mapping[str, Any]]) -> dict[str, Any]:  # noqa: N803 - boto3's names
        self.batches += 1
        if self.batches > 1:
            return super().change_message_visibility_batch(QueueUrl=QueueUrl, Entries=Entries)
        if self.refused:
            raise self.refused
        failed = [{"Id": entry["Id"], "Code": "InternalError", "Message": "why"} for entry in Entries]
        return {"Successful": [], "Failed": failed}

    def send_message(self, **asked: Any) -> None:
        if self.how:
            raise self.how


class Interrupted(Refusing):
    """`how` ends the reading."""

    def receive_message(self, **asked: Any) -> dict[str, Any]:
        answer = super().receive_message(**asked)
        if self.how and not answer["Messages"]:
            raise self.how
        return answer


def queue_of(sqs: Sqs) -> DeadLetterQueue:
    return DeadLetterQueue(cast("Target", sqs), URL, clock=sqs.clock)


def test_the_other_batches_are_released_after_entries_were_refused() -> None:
    sqs = Refusing(35)
    with pytest.raises(Problem, match=r"^10 dead letters could not be released: InternalError why; .* within 120 s$"):
        run(arguments(["orders", "--dry-run"]), queue_of(sqs))
    assert (sqs.batches, len(sqs.released)) == (4, 25)


def test_the_other_batches_are_released_after_a_request_was_refused() -> None:
    sqs = Refusing(35, THROTTLED)
    with pytest.raises(ClientError, match="slower"):
        run(arguments(["orders", "--dry-run"]), queue_of(sqs))
    assert (sqs.batches, len(sqs.released)) == (4, 25)


@pytest.mark.parametrize("refused", [None, THROTTLED], ids=["entries", "request"])
@pytest.mark.parametrize("how", [KeyboardInterrupt(), ConnectionError()], ids=["ctrl-C", "failure"])
@pytest.mark.parametrize(("kind", "left"), [(Interrupted, 35), (Refusing, 34)], ids=["reading", "sending"])
def test_the_error_before_is_raised(
    kind: type[Refusing], left: int, how: BaseException, refused: ClientError | None
) -> None:
    sqs = kind(35, refused, how)
    with pytest.raises(type(how)):
        run(arguments(["orders"]), queue_of(sqs))
    assert len(sqs.released) == left - 10
