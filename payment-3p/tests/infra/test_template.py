"""Properties of the template that must not change by accident."""

from pathlib import Path
from typing import Any

import pytest

from tools.services import one, read_template

FOLDER = Path(__file__).parents[2]
TEMPLATE = read_template(FOLDER / "template.yaml")
RESOURCES: dict[str, Any] = TEMPLATE["Resources"]

PLAYS_SCRIPTS = {"dynamodb:BatchGetItem", "dynamodb:UpdateItem"}
WRITES_SCRIPTS = PLAYS_SCRIPTS | {"dynamodb:PutItem", "dynamodb:DeleteItem"}


def actions(function: str) -> set[str]:
    found: set[str] = set()
    for policy in RESOURCES[function]["Properties"]["Policies"]:
        for statement in policy["Statement"]:
            unless_prod = statement.get("Fn::If")
            given = (unless_prod[1] if unless_prod else statement)["Action"]
            found |= {given} if isinstance(given, str) else set(given)
    return found


def test_the_parameters_of_the_contract() -> None:
    published = {
        resource["Properties"]["Name"]["Fn::Sub"]
        for resource in RESOURCES.values()
        if resource["Type"] == "AWS::SSM::Parameter"
    }
    prefix = "/ecommerce/${Environment}/payment-3p/"
    assert published == {f"{prefix}api/url", f"{prefix}table/name", f"{prefix}secret/arn"}


def test_it_shares_nothing_with_other_services() -> None:
    service = one("payment-3p")
    assert service.standalone
    assert service.dependencies == ()
    kinds = {resource["Type"].split("::")[1] for resource in RESOURCES.values()}
    assert not kinds & {"Events", "EventSchemas", "SNS", "CloudFormation"}
    imported = "".join(path.read_text() for path in (FOLDER / "src").rglob("*.py"))
    assert "ecom" not in imported.replace("ecommerce", "")


@pytest.mark.parametrize(
    ("function", "expected"),
    [
        ("RestPreauthFunction", {"dynamodb:PutItem"}),
        ("RestCheckFunction", {"dynamodb:GetItem"} | PLAYS_SCRIPTS),
        (
            "RestMerchantFunction",
            {"dynamodb:GetItem", "dynamodb:PutItem", "secretsmanager:GetSecretValue"} | WRITES_SCRIPTS,
        ),
        (
            "RestPaymentsFunction",
            {"dynamodb:GetItem", "dynamodb:Query", "secretsmanager:GetSecretValue"} | PLAYS_SCRIPTS,
        ),
    ],
)
def test_a_function_has_exactly_the_permissions_it_needs(function: str, expected: set[str]) -> None:
    assert actions(function) == expected


def test_there_are_no_failure_scripts_in_production() -> None:
    assert TEMPLATE["Conditions"]["HasScripts"] == {"Fn::Not": [{"Fn::Equals": [{"Ref": "Environment"}, "prod"]}]}
    assert RESOURCES["ScriptsTable"]["Condition"] == "HasScripts"
    variables = TEMPLATE["Globals"]["Function"]["Environment"]["Variables"]
    assert variables["SCRIPTS_TABLE_NAME"] == {"Fn::If": ["HasScripts", {"Ref": "ScriptsTable"}, ""]}


def test_the_ledger_survives_its_stack() -> None:
    for name in ("Table", "KeysTable"):
        assert (RESOURCES[name]["DeletionPolicy"], RESOURCES[name]["UpdateReplacePolicy"]) == ("Retain", "Retain")


def test_the_secret_is_generated_and_not_in_the_template() -> None:
    properties = RESOURCES["MerchantSecret"]["Properties"]
    assert properties["GenerateSecretString"]["PasswordLength"] >= 32
    assert "SecretString" not in properties
