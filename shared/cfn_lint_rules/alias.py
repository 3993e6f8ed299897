"""E9013: every caller invokes the alias of a function."""

import re
from collections.abc import Iterator
from typing import Any, ClassVar

from shared.cfn_lint_rules.rule import Problem, Rule
from shared.cfn_lint_rules.template import resources
from shared.cfn_lint_rules.values import leaves

INVOKERS = (
    "AWS::ApiGatewayV2::Integration",
    "AWS::AppSync::DataSource",
    "AWS::Cognito::UserPool",
    "AWS::Events::Rule",
    "AWS::Lambda::EventSourceMapping",
    "AWS::Lambda::Permission",
    "AWS::SNS::Subscription",
    "AWS::SSM::Parameter",
    "AWS::Scheduler::Schedule",
)


class ReachedByAlias(Rule):
    """A caller of the function itself gets unreleased code, and a roll-back has no effect on it."""

    id: ClassVar[str] = "E9013"
    shortdesc: ClassVar[str] = "Functions are reached by their alias live"
    description: ClassVar[str] = (
        "A caller of the function itself gets unreleased code, and a roll-back has no effect on it"
    )

    def problems(self, template: Any, filename: str | None) -> Iterator[Problem]:
        del filename
        names = "|".join(re.escape(each.name) for each in resources(template, "AWS::Serverless::Function"))
        if not names:
            return
        bare = re.compile(rf"\$\{{({names})(\.Arn)?\}}")
        for invoker in resources(template, *INVOKERS):
            for path, text in leaves(invoker.properties, invoker.at()):
                found = bare.search(text)
                if found:
                    yield path, f"{invoker.name} reaches {found[1]} itself: write !Ref {found[1]}.Alias"
