"""E9003: a stream or queue that invokes a function cannot be blocked and loses no record."""

from collections.abc import Iterator, Mapping
from typing import Any, ClassVar

from shared.cfn_lint_rules.rule import Problem, Rule
from shared.cfn_lint_rules.template import FUNCTION_TYPES, events, refers_to, resources
from shared.cfn_lint_rules.values import Path, alternatives, always, always_true, as_list, at

STREAM_EVENTS = ("DynamoDB", "Kinesis")
TOO_MUCH = (
    "SAM gives the function's role AWS's policy for all queues or streams of the account:"
    " write an AWS::Lambda::EventSourceMapping and grant this one"
)


class EventSourceFails(Rule):
    """With the defaults of AWS, one poison record blocks its shard until it expires, and then it is lost."""

    id: ClassVar[str] = "E9003"
    shortdesc: ClassVar[str] = "Streams and queues report partial failures and keep failed records"
    description: ClassVar[str] = "With the defaults of AWS, one poison record blocks its shard until it expires"

    def problems(self, template: Any, filename: str | None) -> Iterator[Problem]:
        del filename
        for function in resources(template, *FUNCTION_TYPES):
            for event in events(function):
                what = f"{function.name}, event {event.name}"
                if event.type in (*STREAM_EVENTS, "SQS") and not always(function.properties.get("Role")):
                    yield event.at(), f"{what}: {TOO_MUCH}"
                if event.type in STREAM_EVENTS:
                    yield from _stream(what, event.at(), event.properties)
                elif event.type == "SQS":
                    yield from _queue(what, event.at(), event.properties, event.properties.get("Queue"), template)
        for mapping in resources(template, "AWS::Lambda::EventSourceMapping"):
            if always(mapping.properties.get("StartingPosition")):
                yield from _stream(mapping.name, mapping.at(), mapping.properties)
            else:
                source = mapping.properties.get("EventSourceArn")
                yield from _queue(mapping.name, mapping.at(), mapping.properties, source, template)


def _stream(what: str, path: Path, properties: Mapping[str, Any]) -> Iterator[Problem]:
    if not always(at(properties, "DestinationConfig", "OnFailure", "Destination")):
        yield path, f"{what}: records that fail are lost: set DestinationConfig.OnFailure to the dead-letter queue"
    attempts = properties.get("MaximumRetryAttempts")
    if any(each is None or str(each) == "-1" for each in alternatives(attempts)):
        yield path, f"{what}: a poison record is retried until it expires: set MaximumRetryAttempts"
    if not always_true(properties.get("BisectBatchOnFunctionError")):
        yield path, f"{what}: set BisectBatchOnFunctionError: true, so that one record does not fail its batch"
    yield from _partial(what, path, properties)


def _queue(what: str, path: Path, properties: Mapping[str, Any], source: Any, template: Any) -> Iterator[Problem]:
    yield from _partial(what, path, properties)
    for queue in resources(template, "AWS::SQS::Queue"):
        if refers_to(source, queue) and not always(at(queue.properties, "RedrivePolicy", "deadLetterTargetArn")):
            yield queue.path, f"{queue.name} feeds a function: set RedrivePolicy to the stack's dead-letter queue"


def _partial(what: str, path: Path, properties: Mapping[str, Any]) -> Iterator[Problem]:
    if "ReportBatchItemFailures" not in as_list(properties.get("FunctionResponseTypes")):
        yield (
            path,
            f"{what}: set FunctionResponseTypes: [ReportBatchItemFailures], which retries failed records only",
        )
