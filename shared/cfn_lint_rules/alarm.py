"""E9014: an alarm has a readable name and says which command to run first."""

from collections.abc import Iterator
from typing import Any, ClassVar

from shared.cfn_lint_rules.rule import Problem, Rule
from shared.cfn_lint_rules.template import resources
from shared.cfn_lint_rules.values import text_of

START = "ecommerce-${Environment}-"


class ReadableAlarm(Rule):
    """CloudFormation's own name ends in random characters. An operator reads the alarm before any document."""

    id: ClassVar[str] = "E9014"
    shortdesc: ClassVar[str] = "Alarms have a readable name and name a command"
    description: ClassVar[str] = "AlarmName begins with environment and service; AlarmDescription has a make command"

    def problems(self, template: Any, filename: str | None) -> Iterator[Problem]:
        del filename
        for alarm in resources(template, "AWS::CloudWatch::Alarm", "AWS::CloudWatch::CompositeAlarm"):
            name = text_of(alarm.properties.get("AlarmName"))
            if not name or not name.startswith(START):
                yield alarm.path, f"{alarm.name}: set AlarmName: !Sub {START}{{service}}-{{alarm}}"
            description = text_of(alarm.properties.get("AlarmDescription"))
            if not description or "ENVIRONMENT=${Environment} make " not in description:
                yield (
                    alarm.path,
                    f"{alarm.name}: say in AlarmDescription what to run, such as "
                    "!Sub ... `ENVIRONMENT=${Environment} make redrive SERVICE={service}`",
                )
