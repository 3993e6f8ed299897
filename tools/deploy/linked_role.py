"""The role with which AppSync sends traces. AWS makes it once for each account, and no template can.

In an account without it the first API with `XrayEnabled` fails with "Failed to assume service-linked role".
"""

from typing import Any

NAME = "AWSServiceRoleForAppSync"
OWNER = "appsync.amazonaws.com"
COMMAND = f"aws iam create-service-linked-role --aws-service-name {OWNER}"


def exists(iam: Any) -> bool:
    try:
        iam.get_role(RoleName=NAME)
    except iam.exceptions.NoSuchEntityException:
        return False
    return True


def make(iam: Any) -> bool:
    """Make the role. Says whether it was missing."""
    if exists(iam):
        return False
    iam.create_service_linked_role(AWSServiceName=OWNER)
    return True
