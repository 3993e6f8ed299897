"""All roles of a service's stack are under one path, so that a pipeline may be allowed to make roles there and nowhere
else (pipeline/README.md, *Rights*). CloudFormation shortens long names of roles, so a role's name does not show
which service owns it.
"""

import copy
from collections.abc import Mapping
from typing import Any

# SAM makes a role for a resource of these types that names none.
MADE_BY_SAM = ("AWS::Serverless::Function", "AWS::Serverless::StateMachine")


def with_role_paths(template: Mapping[str, Any], service: str) -> dict[str, Any]:
    """The template, with the path `/ecommerce/{environment}/{service}/` for each role that it or SAM makes."""
    document = copy.deepcopy(dict(template))
    path = {"Fn::Sub": f"/ecommerce/${{Environment}}/{service}/"}
    for resource in document["Resources"].values():
        if resource["Type"] == "AWS::IAM::Role":
            resource["Properties"]["Path"] = path
        elif resource["Type"] in MADE_BY_SAM and "Role" not in resource["Properties"]:
            resource["Properties"]["RolePath"] = path
    return document
