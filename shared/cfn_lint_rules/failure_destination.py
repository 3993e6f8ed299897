"""E9002: what an asynchronous function could not handle is kept."""

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

# Cognito, Api, AppSync wait for the answer; queues and streams keep the message themselves.
ASYNCHRONOUS = frozenset(
    ("EventBridgeRule", "CloudWatchEvent", "S3", "SNS", "Schedule", "ScheduleV2", "IoTRule", "CloudWatchLogs")
)


class AsynchronousFunctionFails(Rule):
    """After three attempts Lambda throws an event away, unless it is told where to put it."""

    id: ClassVar[str] = "E9002"
    shortdesc: ClassVar[str] = "Every asynchronous function has a failure destination"
    description: ClassVar[str] = "After three attempts Lambda drops an event, unless it is told where to put it"

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
                        f"{function.name} is invoked asynchronously and would lose what it cannot handle: set "
                        "EventInvokeConfig.DestinationConfig.OnFailure to the stack's dead-letter queue"
                    ),
                )


def _keeps_failures(function: Resource) -> bool:
    properties = function.properties
    on_failure = at(properties, "EventInvokeConfig", "DestinationConfig", "OnFailure")
    return (
        # SAM makes a queue of its own where Type is given without Destination; nobody would watch that one.
        always(at(on_failure, "Destination"))
        or always(at(properties, "DeadLetterQueue", "TargetArn"))
        or always(at(properties, "DeadLetterConfig", "TargetArn"))
    )
