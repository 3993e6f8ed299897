"""E9007: a Lambda permission names the resource that may invoke the function."""

from collections.abc import Iterator
from typing import Any, ClassVar

from shared.cfn_lint_rules.exemptions import exempt
from shared.cfn_lint_rules.rule import Problem, Rule
from shared.cfn_lint_rules.template import resources
from shared.cfn_lint_rules.values import always, text_of


class PermissionSource(Rule):
    """Without a source, any account's API, topic or bucket of that service may invoke the function."""

    id: ClassVar[str] = "E9007"
    shortdesc: ClassVar[str] = "Lambda::Permission names its source"
    description: ClassVar[str] = "Without a source, any account's resource of that service may invoke the function"

    def problems(self, template: Any, filename: str | None) -> Iterator[Problem]:
        del filename
        for permission in resources(template, "AWS::Lambda::Permission"):
            properties = permission.properties
            principal = text_of(properties.get("Principal"))
            has_arn = always(properties.get("SourceArn")) and text_of(properties["SourceArn"]) != "*"
            has_account = always(properties.get("SourceAccount"))
            if principal == "*":
                yield permission.path, f"{permission.name}: any principal may invoke it: set Principal to one service"
            elif not principal.endswith(".amazonaws.com"):
                continue  # an account or a role: that is the source
            elif principal == "s3.amazonaws.com" and not (has_arn and has_account):
                yield (
                    permission.path,
                    f"{permission.name}: a bucket's ARN has no account: set SourceArn and SourceAccount",
                )
            elif not has_arn and not (has_account and principal in exempt("principals_without_arn")):
                yield permission.path, f"{permission.name}: any resource of {principal} may invoke: set SourceArn"
