"""What must not vanish from the template, and what must never come into it."""

from pathlib import Path
from typing import Any

import pytest

from tools.project.services import one, read_template

FOLDER = Path(__file__).parents[2]
TEMPLATE = read_template(FOLDER / "template.yaml")
RESOURCES: dict[str, Any] = TEMPLATE["Resources"]

PLAYS = {"dynamodb:BatchGetItem", "dynamodb:UpdateItem"}
WRITES = PLAYS | {"dynamodb:PutItem", "dynamodb:DeleteItem"}


def actions(function: str) -> set[str]:
    found: set[str] = set()
    for policy in RESOURCES[function]["Properties"]["Policies"]:
        for statement in policy["Statement"]:
            unless_prod = statement.get("Fn::If")
            given = (unless_prod[1] if unless_prod else statement)["Action"]
            found |= {given} if isinstance(given, str) else set(given)
    return found


def test_the_contracts_parameters() -> None:
    published = {
        resource["Properties"]["Name"]["Fn::Sub"]
        for resource in RESOURCES.values()
        if resource["Type"] == "AWS::SSM::Parameter"
    }
    prefix = "/ecommerce/${Environment}/payment-3p/"
    assert published == {f"{prefix}api/url", f"{prefix}table/name", f"{prefix}secret/arn"}


def test_it_stands_alone() -> None:
    service = one("payment-3p")
    assert service.standalone
    assert service.dependencies == ()
    kinds = {resource["Type"].split("::")[1] for resource in RESOURCES.values()}
    assert not kinds & {"Events", "EventSchemas", "SNS", "CloudFormation"}
    imported = "".join(path.read_text() for path in (FOLDER / "src").rglob("*.py"))
    assert "ecom" not in imported.replace("ecommerce", "")


@pytest.mark.parametrize(
    ("function", "may"),
    [
        ("RestPreauthFunction", {"dynamodb:PutItem"}),
        ("RestCheckFunction", {"dynamodb:GetItem"} | PLAYS),
        ("RestMerchantFunction", {"dynamodb:GetItem", "dynamodb:PutItem", "secretsmanager:GetSecretValue"} | WRITES),
        ("RestPaymentsFunction", {"dynamodb:GetItem", "dynamodb:Query", "secretsmanager:GetSecretValue"} | PLAYS),
    ],
)
def test_a_function_may_do_what_it_needs_and_no_more(function: str, may: set[str]) -> None:
    assert actions(function) == may


def test_nobody_makes_it_fail_in_production() -> None:
    assert TEMPLATE["Conditions"]["HasScripts"] == {"Fn::Not": [{"Fn::Equals": [{"Ref": "Environment"}, "prod"]}]}
    assert RESOURCES["ScriptsTable"]["Condition"] == "HasScripts"
    variables = TEMPLATE["Globals"]["Function"]["Environment"]["Variables"]
    assert variables["SCRIPTS_TABLE_NAME"] == {"Fn::If": ["HasScripts", {"Ref": "ScriptsTable"}, ""]}


def test_the_ledger_survives_its_stack() -> None:
    for name in ("Table", "KeysTable"):
        assert (RESOURCES[name]["DeletionPolicy"], RESOURCES[name]["UpdateReplacePolicy"]) == ("Retain", "Retain")


def test_the_secret_is_made_and_stands_nowhere() -> None:
    properties = RESOURCES["MerchantSecret"]["Properties"]
    assert properties["GenerateSecretString"]["PasswordLength"] >= 32
    assert "SecretString" not in properties
