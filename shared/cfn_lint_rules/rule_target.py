"""E9004: every target of a rule has a dead-letter queue."""

from collections.abc import Iterator, Mapping
from typing import Any, ClassVar

from shared.cfn_lint_rules.rule import Problem, Rule
from shared.cfn_lint_rules.template import FUNCTION_TYPES, events, resources
from shared.cfn_lint_rules.values import always, as_list, at

EVENTS = ("EventBridgeRule", "CloudWatchEvent", "Schedule", "ScheduleV2")
_DO = "set DeadLetterConfig: { Arn: ... } to the stack's dead-letter queue"


class RuleTargetFails(Rule):
    """EventBridge drops an event after a day of failed attempts, unless the target has a dead-letter queue."""

    id: ClassVar[str] = "E9004"
    shortdesc: ClassVar[str] = "Every rule target has a dead-letter queue"
    description: ClassVar[str] = "EventBridge drops an event after a day of failed attempts"

    def problems(self, template: Any, filename: str | None) -> Iterator[Problem]:
        del filename
        for rule in resources(template, "AWS::Events::Rule"):
            for index, target in enumerate(as_list(rule.properties.get("Targets"))):
                if isinstance(target, Mapping) and not always(at(target, "DeadLetterConfig", "Arn")):
                    yield (
                        rule.at("Targets", index),
                        f"{rule.name}: target {target.get('Id', index)} has no queue: {_DO}",
                    )
        for schedule in resources(template, "AWS::Scheduler::Schedule"):
            if not always(at(schedule.properties, "Target", "DeadLetterConfig", "Arn")):
                yield schedule.at("Target"), f"{schedule.name}: the target has no queue: {_DO}"
        for function in resources(template, *FUNCTION_TYPES, "AWS::Serverless::StateMachine"):
            for event in events(function):
                if event.type in EVENTS and not always(at(event.properties, "DeadLetterConfig", "Arn")):
                    yield event.at(), f"{function.name}, event {event.name}: the target has no queue: {_DO}"
