"""All roles of a service's stack have the permissions boundary that the parameter PermissionsBoundary names.

A pipeline may make roles with the boundary of its service only (pipeline/README.md, *Rights*). Its deployments name it;
without a pipeline the parameter is empty, and the roles have none.
"""

import copy
from collections.abc import Mapping
from typing import Any

from tools.deploy.role_paths import MADE_BY_SAM

PARAMETER, CONDITION = "PermissionsBoundary", "HasPermissionsBoundary"


def policy_name(environment: str, service: str) -> str:
    """The name of the boundary that `make bootstrap-pipeline` makes."""
    return f"ecommerce-{environment}-pipeline-{service}-boundary"


def with_boundaries(template: Mapping[str, Any]) -> dict[str, Any]:
    """The template, with the boundary for each role that it or SAM makes."""
    document = copy.deepcopy(dict(template))
    arn = {"Fn::Sub": f"arn:${{AWS::Partition}}:iam::${{AWS::AccountId}}:policy/${{{PARAMETER}}}"}
    boundary = {"Fn::If": [CONDITION, arn, {"Ref": "AWS::NoValue"}]}
    made = [
        resource["Properties"]
        for resource in document["Resources"].values()
        if resource["Type"] == "AWS::IAM::Role"
        or (resource["Type"] in MADE_BY_SAM and "Role" not in resource["Properties"])
    ]
    for properties in made:
        properties["PermissionsBoundary"] = copy.deepcopy(boundary)
    if made:
        text = "The managed policy that limits each role of the stack; empty means none"
        document.setdefault("Parameters", {})[PARAMETER] = {"Type": "String", "Default": "", "Description": text}
        document.setdefault("Conditions", {})[CONDITION] = {"Fn::Not": [{"Fn::Equals": [{"Ref": PARAMETER}, ""]}]}
    return document
