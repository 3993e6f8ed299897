"""The roles in the account of an environment: what the tests may reach, decided by the local cloud's IAM."""

from pathlib import Path
from typing import Any

import pytest

from tools.local.aws.iam.engine_roles import policy_decision
from tools.project.services import of_platform, read_template
from tools.tests.pipeline.stack_policies import VALUES, resolved

TEMPLATE = read_template(Path(__file__).parents[2] / "environment.yaml")
POOL = "arn:aws:cognito-idp:eu-west-1:111122223333:userpool/eu-west-1_abc"
SECRET = "arn:aws:secretsmanager:eu-west-1:111122223333:secret:MerchantSecret-1A2B3C4D5E6F-abcdef"


def decision(action: str, arn: str, **tags: str) -> str:
    """What IAM decides when the tests of `staging` ask about a resource with these tags."""
    (policy,) = TEMPLATE["Resources"]["TestsRole"]["Properties"]["Policies"]
    document: dict[str, Any] = resolved(policy["PolicyDocument"], VALUES)
    role = "arn:aws:iam::111122223333:role/ecommerce-staging-pipeline-tests"
    return policy_decision(
        document, role, action, arn, {f"aws:ResourceTag/{name}": value for name, value in tags.items()}
    )


@pytest.mark.parametrize(
    ("action", "arn"),
    [("cognito-idp:AdminSetUserPassword", POOL), ("secretsmanager:GetSecretValue", SECRET)],
)
def test_tests_reach_pools_and_secrets_of_their_environment_only(action: str, arn: str) -> None:
    assert decision(action, arn, environment="staging", service="users") == "Allow"
    assert decision(action, arn, environment="prod", service="users") == "ImplicitDeny"
    assert decision(action, arn) == "ImplicitDeny"


@pytest.mark.parametrize("action", ["dynamodb:PutItem", "dynamodb:Scan"])
def test_tests_reach_tables_of_their_environment_only(action: str) -> None:
    table = "arn:aws:dynamodb:eu-west-1:111122223333:table/ecommerce-{}-orders-Table"
    assert decision(action, table.format("staging")) == "Allow"
    assert decision(action, table.format("prod")) == "ImplicitDeny"


def test_production_has_no_role_for_tests() -> None:
    assert TEMPLATE["Resources"]["TestsRole"]["Condition"] == "HasTests"


def trusted(role: dict[str, Any], **more: str) -> dict[str, Any]:
    """The only statement of a role's trust policy, with the names of the pipelines in `dev` of another account."""
    values = {**VALUES, "PipelineAccount": "444455556666", "PipelineEnvironment": "dev", **more}
    (statement,) = resolved(role["Properties"]["AssumeRolePolicyDocument"]["Statement"], values)
    found: dict[str, Any] = statement
    return found


@pytest.mark.parametrize(
    ("file", "name", "of_pipelines"),
    [
        ("environment.yaml", "GateRole", "gate"),
        ("environment.yaml", "TestsRole", "checks"),
        *((f"roles/{service}.yaml", "DeployRole", service) for service in of_platform()),
    ],
)
def test_a_role_trusts_one_role_of_the_pipelines_also_after_that_was_deleted_and_created_again(
    file: str, name: str, of_pipelines: str
) -> None:
    """A principal that names a role means the id of that role: docs/aws.md."""
    template = read_template(Path(__file__).parents[2] / file)
    assert trusted(template["Resources"][name], Service=of_pipelines) == {
        "Effect": "Allow",
        "Principal": {"AWS": "arn:aws:iam::444455556666:root"},
        "Action": "sts:AssumeRole",
        "Condition": {
            "ArnEquals": {"aws:PrincipalArn": f"arn:aws:iam::444455556666:role/ecommerce-dev-pipeline-{of_pipelines}"}
        },
    }
