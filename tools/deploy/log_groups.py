"""The log groups of functions belong to their stack: functions may not create them.

SAM gives each function's role AWSLambdaBasicExecutionRole, with logs:CreateLogGroup. Lambda delivers logs later than
the function ran: after `make teardown` deleted the log group, a late delivery creates it again, without retention, and
the next `make deploy` fails with "already exists" (aws/serverless-application-model issue 1216, aws/aws-cdk issue
11549).
"""

import copy
from collections.abc import Mapping
from typing import Any

DENIED = {
    "Version": "2012-10-17",
    "Statement": [{"Effect": "Deny", "Action": "logs:CreateLogGroup", "Resource": "*"}],
}


def without_log_group_creation(template: Mapping[str, Any]) -> dict[str, Any]:
    """The template, with roles that cannot create the log groups that the template itself creates."""
    document = copy.deepcopy(dict(template))
    resources = document["Resources"].values()
    groups = [
        _text((resource.get("Properties") or {}).get("LogGroupName"))
        for resource in resources
        if resource["Type"] == "AWS::Logs::LogGroup"
    ]
    for resource in resources:
        properties = resource.get("Properties") or {}
        name = _text(properties.get("FunctionName"))
        # A function with a `Role` of the template has no role of SAM's.
        has_own_role = resource["Type"] == "AWS::Serverless::Function" and "Role" not in properties
        if has_own_role and name and f"/aws/lambda/{name}" in groups:
            policies = properties.get("Policies") or []
            properties["Policies"] = [*(policies if isinstance(policies, list) else [policies]), DENIED]
    return document


def _text(value: Any) -> str:
    """A name as it is written, with its placeholders."""
    return str(value.get("Fn::Sub", "") if isinstance(value, Mapping) else value or "")
