"""E9002: an asynchronous function has a failure destination."""

from collections.abc import Iterator
from typing import Any, ClassVar

from shared.cfn_lint_rules.rule import Problem, Rule
from shared.cfn_lint_rules.template import (
    FUNCTION_TYPES,
    Resource,
    asynchronous_targets,
    events,
    refers_to,
    resources,
)
from shared.cfn_lint_rules.values import always, at

# Cognito, Api and AppSync wait for the answer; queues and streams keep the message.
ASYNCHRONOUS = frozenset(
    ("EventBridgeRule", "CloudWatchEvent", "S3", "SNS", "Schedule", "ScheduleV2", "IoTRule", "CloudWatchLogs")
)


class AsynchronousFunctionFails(Rule):
    """After three attempts Lambda drops an event, unless the function has a failure destination."""

    id: ClassVar[str] = "E9002"
    shortdesc: ClassVar[str] = "Every asynchronous function has a failure destination"
    description: ClassVar[str] = (
        "After three attempts Lambda drops an event, unless the function has a failure destination"
    )

    def problems(self, template: Any, filename: str | None) -> Iterator[Problem]:
        del filename
        invoked = list(asynchronous_targets(template))
        configured = [
            config.properties.get("FunctionName")
            for config in resources(template, "AWS::Lambda::EventInvokeConfig")
            if always(at(config.properties, "DestinationConfig", "OnFailure", "Destination"))
        ]
        for function in resources(template, *FUNCTION_TYPES):
            is_asynchronous = any(event.type in ASYNCHRONOUS for event in events(function)) or any(
                refers_to(target, function) for target in invoked
            )
            if not is_asynchronous or any(refers_to(name, function) for name in configured):
                continue
            if not _keeps_failures(function):
                yield (
                    function.path,
                    (
                        f"{function.name} is invoked asynchronously and would lose the events that it fails on: set "
                        "EventInvokeConfig.DestinationConfig.OnFailure to the stack's dead-letter queue"
                    ),
                )


def _keeps_failures(function: Resource) -> bool:
    properties = function.properties
    on_failure = at(properties, "EventInvokeConfig", "DestinationConfig", "OnFailure")
    return (
        # With Type and without Destination, SAM creates a queue that has no alarm.
        always(at(on_failure, "Destination"))
        or always(at(properties, "DeadLetterQueue", "TargetArn"))
        or always(at(properties, "DeadLetterConfig", "TargetArn"))
    )
