"""Functions that answer requests get a new version gradually, and an alarm on that version rolls it back.

The packager adds it to each template (docs/adr/0033-gradual-deployment.md); the parameter GradualDeployment turns it
on. Then SAM creates one CodeDeploy application for the stack and a deployment group for each such function.
"""

import copy
from collections.abc import Mapping
from typing import Any

ENABLED, PERCENT = "GradualDeployment", "RollbackPercent"
CONDITION, ROLE = "IsGradual", "GradualDeploymentRole"
TYPE = "Canary10Percent5Minutes"
# Handlers of requests; docs/style.md has the names.
ANSWERS = ("graphql_", "rest_")
# A single failure in a minute rolls nothing back, however few requests there are.
LEAST_FAILURES = 2
PERIOD = 60
# FILL gives the newest minute a value before its metrics have arrived. So the minute before counts again (CloudWatch
# User Guide, *Using metric math*: an M of N alarm).
LATE_METRICS = {"EvaluationPeriods": 2, "DatapointsToAlarm": 1}
# The metric of `ecom.observability.count_failed_answer`.
NAMESPACE, FAILED_ANSWERS = "Ecommerce", "FailedAnswers"

PARAMETERS: dict[str, dict[str, Any]] = {
    ENABLED: {
        "Type": "String",
        "Default": "false",
        "AllowedValues": ["true", "false"],
        "Description": "Whether functions that answer requests get a new version gradually",
    },
    PERCENT: {
        "Type": "Number",
        "Default": 5,
        "MinValue": 1,
        "MaxValue": 99,
        "Description": "A new version that fails more than this percentage of its requests in a minute is rolled back",
    },
}


def request_functions(template: Mapping[str, Any]) -> list[str]:
    """The logical ids of the functions that answer GraphQL or REST requests through an alias."""
    shared = (template.get("Globals") or {}).get("Function") or {}
    return [
        name
        for name, resource in template["Resources"].items()
        if resource["Type"] == "AWS::Serverless::Function"
        and (shared.get("AutoPublishAlias") or resource["Properties"].get("AutoPublishAlias"))
        and str(resource["Properties"].get("Handler", "")).rpartition(".")[0].rpartition(".")[2].startswith(ANSWERS)
    ]


def with_gradual_deployment(template: Mapping[str, Any]) -> dict[str, Any]:
    """The template, with a deployment preference, an alarm on the new version, and the role of CodeDeploy."""
    document = copy.deepcopy(dict(template))
    functions = request_functions(document)
    if not functions:
        return document
    document.setdefault("Parameters", {}).update(copy.deepcopy(PARAMETERS))
    document.setdefault("Conditions", {})[CONDITION] = {"Fn::Equals": [{"Ref": ENABLED}, "true"]}
    for name in functions:
        properties = document["Resources"][name]["Properties"]
        properties["DeploymentPreference"] = {
            "Enabled": {"Ref": ENABLED},
            "Type": TYPE,
            "Role": {"Fn::GetAtt": [ROLE, "Arn"]},
            "Alarms": [{"Ref": _alarm_id(name)}],
        }
        document["Resources"][_alarm_id(name)] = alarm(name, properties["FunctionName"])
    document["Resources"][ROLE] = role(functions)
    return document


def _alarm_id(function: str) -> str:
    return f"{function}NewVersionFails"


def alarm(function: str, name: Any) -> dict[str, Any]:
    """The alarm on the failures of one function's newest version.

    An answer that failed is no error for Lambda, so our code counts it. A request that raised is one, and our code does
    not count it.
    """
    own = {"FunctionName": {"Ref": function}, "ExecutedVersion": {"Fn::GetAtt": [function, "Version.Version"]}}
    through_alias = {**own, "Resource": {"Fn::Sub": f"${{{function}}}:live"}}
    failed = f"IF(failed >= {LEAST_FAILURES}, 100 * failed / requests, 0)"
    text = "The newest version fails too many requests. During its deployment CodeDeploy brings the one before back"
    return {
        "Type": "AWS::CloudWatch::Alarm",
        "Condition": CONDITION,
        "Properties": {
            "AlarmName": _of_version(name, own["ExecutedVersion"]),
            "AlarmDescription": f"{text}; see docs/adr/0033-gradual-deployment.md.",
            "Metrics": [
                _metric("answered", NAMESPACE, FAILED_ANSWERS, own),
                _metric("raised", "AWS/Lambda", "Errors", through_alias),
                _metric("requests", "AWS/Lambda", "Invocations", through_alias),
                {"Id": "failed", "Expression": "FILL(answered, 0) + FILL(raised, 0)", "ReturnData": False},
                {"Id": "percent", "Expression": failed, "ReturnData": True},
            ],
            **LATE_METRICS,
            "Threshold": {"Ref": PERCENT},
            "ComparisonOperator": "GreaterThanThreshold",
            "TreatMissingData": "notBreaching",
        },
    }


def _metric(name: str, namespace: str, metric: str, dimensions: Mapping[str, Any]) -> dict[str, Any]:
    about = {
        "Namespace": namespace,
        "MetricName": metric,
        "Dimensions": [{"Name": key, "Value": value} for key, value in dimensions.items()],
    }
    return {"Id": name, "MetricStat": {"Metric": about, "Period": PERIOD, "Stat": "Sum"}, "ReturnData": False}


def _of_version(name: Any, version: Any) -> dict[str, Any]:
    """The alarm's name. Each version has an alarm of its own: an alarm keeps its state when it is changed, and the one
    of a failing version would stop the deployment of its successor."""
    text = name["Fn::Sub"] if isinstance(name, Mapping) else name
    return {"Fn::Sub": [f"{text}-version-${{Version}}", {"Version": version}]}


def role(functions: list[str]) -> dict[str, Any]:
    """What CodeDeploy may do: move these aliases, and read alarms."""
    return {
        "Type": "AWS::IAM::Role",
        "Condition": CONDITION,
        "Properties": {
            "AssumeRolePolicyDocument": {
                "Version": "2012-10-17",
                "Statement": [
                    {
                        "Effect": "Allow",
                        "Principal": {"Service": "codedeploy.amazonaws.com"},
                        "Action": "sts:AssumeRole",
                        "Condition": {"StringEquals": {"aws:SourceAccount": {"Ref": "AWS::AccountId"}}},
                    }
                ],
            },
            "Policies": [
                {
                    "PolicyName": "shift",
                    "PolicyDocument": {
                        "Version": "2012-10-17",
                        "Statement": [
                            {
                                "Effect": "Allow",
                                "Action": ["lambda:GetAlias", "lambda:UpdateAlias"],
                                "Resource": [{"Fn::GetAtt": [name, "Arn"]} for name in functions],
                            },
                            {
                                "Effect": "Allow",
                                "Action": "lambda:GetProvisionedConcurrencyConfig",
                                # By text: a reference to the alias would be circular.
                                "Resource": [{"Fn::Sub": f"${{{name}.Arn}}:*"} for name in functions],
                            },
                            {"Effect": "Allow", "Action": "cloudwatch:DescribeAlarms", "Resource": "*"},
                        ],
                    },
                }
            ],
        },
    }
