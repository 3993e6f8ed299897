"""E9016: functions log JSON, and Lambda logs failed invocations only."""

from collections.abc import Iterator
from typing import Any, ClassVar

from shared.cfn_lint_rules.rule import Problem, Rule
from shared.cfn_lint_rules.template import FUNCTION_TYPES, resources
from shared.cfn_lint_rules.values import alternatives, at

WANTED = {
    "LogFormat": ("JSON",),
    "SystemLogLevel": ("WARN",),
    "ApplicationLogLevel": ("INFO", "DEBUG", "TRACE"),
}


class JsonLogs(Rule):
    """At WARN Lambda writes no START, END and REPORT of invocations that succeed: most of what logs cost.

    Metrics in logs and exceptions that no handler caught count as INFO. A higher ApplicationLogLevel would lose both.
    """

    id: ClassVar[str] = "E9016"
    shortdesc: ClassVar[str] = "Functions log JSON, and Lambda logs failed invocations only"
    description: ClassVar[str] = "LogFormat JSON, SystemLogLevel WARN, and metrics are not filtered out"

    def problems(self, template: Any, filename: str | None) -> Iterator[Problem]:
        del filename
        for function in resources(template, *FUNCTION_TYPES):
            for setting, accepted in WANTED.items():
                value = at(function.properties, "LoggingConfig", setting)
                if any(each not in accepted for each in alternatives(value)):
                    yield (
                        function.path,
                        f"{function.name}: set LoggingConfig.{setting}: {' or '.join(accepted)} (in Globals.Function)",
                    )
