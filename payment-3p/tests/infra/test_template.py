"""Resources and settings that the template must have, and those that it must not have."""

import re
from pathlib import Path

import pytest

from ecom_testkit.templates import Template
from tools.project.documents import read_yaml
from tools.project.services import one, read_template

FOLDER = Path(__file__).parents[2]
TEMPLATE = Template(read_template(FOLDER / "template.yaml"))

OPENAPI = read_yaml(FOLDER / "openapi.yaml")

ACCOUNT_REQUESTS = 10_000  # a second: API Gateway's quota of all APIs of an account in a Region
RESPONSE = "method.response.header.Access-Control-Allow-"

PLAYS = {"dynamodb:BatchGetItem", "dynamodb:UpdateItem"}
WRITES = PLAYS | {"dynamodb:PutItem", "dynamodb:DeleteItem"}


def test_the_contracts_parameters() -> None:
    assert TEMPLATE.parameters("payment-3p") == {"api/url", "table/name", "secret/arn"}


def test_it_shares_nothing_with_other_services() -> None:
    service = one("payment-3p")
    assert service.standalone
    assert service.dependencies == ()
    kinds = {resource["Type"].split("::")[1] for resource in TEMPLATE.resources.values()}
    assert not kinds & {"Events", "EventSchemas", "SNS", "CloudFormation"}
    imported = "".join(path.read_text() for path in (FOLDER / "src").rglob("*.py"))
    assert "ecom" not in imported.replace("ecommerce", "")


@pytest.mark.parametrize(
    ("function", "may"),
    [
        ("RestPreauthFunction", {"dynamodb:GetItem", "dynamodb:PutItem"}),
        ("RestCheckFunction", {"dynamodb:GetItem"} | PLAYS),
        ("RestMerchantFunction", {"dynamodb:GetItem", "dynamodb:PutItem", "secretsmanager:GetSecretValue"} | WRITES),
        ("RestPaymentsFunction", {"dynamodb:GetItem", "dynamodb:Query", "secretsmanager:GetSecretValue"} | PLAYS),
    ],
)
def test_a_function_may_do_what_it_needs_and_no_more(function: str, may: set[str]) -> None:
    assert TEMPLATE.actions(function) == may


def test_prod_has_no_scripts() -> None:
    assert TEMPLATE.body["Conditions"]["HasScripts"] == {"Fn::Not": [{"Fn::Equals": [{"Ref": "Environment"}, "prod"]}]}
    assert TEMPLATE["ScriptsTable"]["Condition"] == "HasScripts"
    variables = TEMPLATE.body["Globals"]["Function"]["Environment"]["Variables"]
    assert variables["SCRIPTS_TABLE_NAME"] == {"Fn::If": ["HasScripts", {"Ref": "ScriptsTable"}, ""]}


def test_the_ledger_survives_its_stack() -> None:
    for name in ("Table", "KeysTable"):
        assert TEMPLATE.is_retained(name)


def test_the_secret_is_generated_and_not_in_the_template() -> None:
    properties = TEMPLATE.properties("MerchantSecret")
    assert properties["GenerateSecretString"]["PasswordLength"] >= 32
    assert "SecretString" not in properties


def test_requests_that_anybody_may_send_do_not_use_up_the_accounts() -> None:
    (settings,) = TEMPLATE.properties("Api")["MethodSettings"]
    assert (settings["ResourcePath"], settings["HttpMethod"]) == ("/*", "*")
    limit = {"Ref": "RequestsPerSecond"}
    assert settings["ThrottlingRateLimit"] == settings["ThrottlingBurstLimit"] == limit
    assert 0 < TEMPLATE.body["Parameters"]["RequestsPerSecond"]["Default"] < ACCOUNT_REQUESTS


def test_any_origin_is_allowed_unless_the_environment_says_otherwise() -> None:
    parameter = TEMPLATE.body["Parameters"]["AllowedOrigin"]
    assert parameter["Default"] == "*"
    allowed = re.compile(parameter["AllowedPattern"])
    for origin in ("*", "https://shop.example", "http://localhost:3000"):
        assert allowed.fullmatch(origin)
    for other in ("", "null", "https://a, https://b", "https://shop.example/", "*.shop.example", "https://a'b"):
        assert not allowed.fullmatch(other)


def test_only_the_calls_of_a_page_answer_options_and_never_with_credentials() -> None:
    assert {path for path, item in OPENAPI["paths"].items() if "options" in item} == {"/preauth", "/check"}
    for path in ("/preauth", "/check"):
        (answer,) = OPENAPI["paths"][path]["options"]["x-amazon-apigateway-integration"]["responses"].values()
        assert answer["responseParameters"][f"{RESPONSE}Origin"] == {"Fn::Sub": "'${AllowedOrigin}'"}
    assert "allow-credentials" not in (FOLDER / "openapi.yaml").read_text().lower()


def test_a_page_may_send_an_idempotency_key_to_preauth_alone() -> None:
    for path, may in (("/preauth", True), ("/check", False)):
        (answer,) = OPENAPI["paths"][path]["options"]["x-amazon-apigateway-integration"]["responses"].values()
        allowed = answer["responseParameters"][f"{RESPONSE}Headers"].strip("'").split(",")
        assert ("Idempotency-Key" in allowed) is may
        assert {"Content-Type", "X-Amz-User-Agent"} <= set(allowed)
        parameters = OPENAPI["paths"][path]["post"].get("parameters", [])
        assert ({"$ref": "#/components/parameters/IdempotencyKey"} in parameters) is may


def test_every_error_of_the_gateway_can_be_read_by_a_page() -> None:
    responses = OPENAPI["x-amazon-apigateway-gateway-responses"]
    assert {"DEFAULT_4XX", "DEFAULT_5XX"} <= set(responses)
    for response in responses.values():  # one that is customised inherits nothing
        header = "gatewayresponse.header.Access-Control-Allow-Origin"
        assert response["responseParameters"][header] == {"Fn::Sub": "'${AllowedOrigin}'"}
