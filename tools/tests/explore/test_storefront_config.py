"""`make config`: the values of an environment in each format."""

import json
import shlex
from dataclasses import asdict
from typing import Any

import boto3
import pytest
from moto import mock_aws

from tools.explore import demo_data
from tools.explore.storefront_config import PARAMETERS, StorefrontConfig, storefront_config
from tools.project.aws import Target
from tools.project.environments import Environment
from tools.project.problems import Problem

CONFIG = StorefrontConfig(
    apiUrl="https://a/graphql",
    apiKey="da2-k",
    region="eu-west-1",
    userPoolId="eu-west-1_p",
    storefrontClientId="c",
    cognitoUrl="https://cognito-idp.eu-west-1.amazonaws.com",
    paymentUrl="https://p/prod?a=b c",
    cartUrl="https://c/prod",
    returnsUrl="https://r/prod",
    cdnUrl="https://d.cloudfront.net",
    currency="EUR",
    currencyDecimals=2,
)


@pytest.fixture
def dev(fake_aws: None) -> Target:
    return Target(Environment("dev", "aws", "eu-west-1"), boto3.Session(region_name="eu-west-1"))


def put(place: Target, **values: str) -> None:
    for name, value in values.items():
        place.ssm.put_parameter(Name=f"/ecommerce/dev/{PARAMETERS[name]}", Value=value, Type="String")


def given() -> dict[str, str]:
    return {name: getattr(CONFIG, name) for name in PARAMETERS}


def test_the_values_are_the_environments_parameters_on_aws_too(dev: Target) -> None:
    with mock_aws():
        put(dev, **given())
        assert storefront_config(dev) == CONFIG


@pytest.mark.parametrize(("currency", "decimals"), [("JPY", 0), ("HUF", 2), ("IQD", 3)])
def test_a_page_reads_how_many_decimals_the_platform_gives_the_currency(
    dev: Target, currency: str, decimals: int
) -> None:
    with mock_aws():
        put(dev, **{**given(), "currency": currency})
        config = storefront_config(dev)
    assert json.loads(config.as_json())["currencyDecimals"] == decimals
    assert f"ECOM_CURRENCY_DECIMALS={decimals}\n" in config.as_env()


def test_services_that_are_not_deployed_are_named_with_the_command(dev: Target) -> None:
    with mock_aws():
        put(dev, **{name: value for name, value in given().items() if name != "paymentUrl"})
        with pytest.raises(Problem, match=r"payment-3p; run `ENVIRONMENT=dev make deploy-payment-3p`"):
            storefront_config(dev)


def test_the_env_format_is_shell_text() -> None:
    pairs = dict(shlex.split(line)[0].split("=", 1) for line in CONFIG.as_env().splitlines())
    assert pairs["ECOM_API_URL"] == CONFIG.apiUrl
    assert pairs["ECOM_STOREFRONT_CLIENT_ID"] == CONFIG.storefrontClientId
    assert pairs["ECOM_PAYMENT_URL"] == CONFIG.paymentUrl


@pytest.mark.parametrize("local", [True, False])
def test_amplify_gets_the_endpoint_of_cognito_only_where_it_cannot_derive_it(local: bool) -> None:
    document: dict[str, Any] = json.loads(CONFIG.as_amplify(local=local))
    cognito = document["Auth"]["Cognito"]
    assert (cognito["userPoolId"], cognito["userPoolClientId"]) == ("eu-west-1_p", "c")
    assert cognito.get("userPoolEndpoint") == (CONFIG.cognitoUrl if local else None)
    assert document["API"]["GraphQL"]["endpoint"] == CONFIG.apiUrl
    assert document["API"]["REST"]["payment"]["endpoint"] == CONFIG.paymentUrl
    assert document["API"]["REST"]["cart"]["endpoint"] == CONFIG.cartUrl
    assert document["API"]["REST"]["returns"]["endpoint"] == CONFIG.returnsUrl


def test_the_summary_of_the_platform_has_every_value() -> None:
    summary = demo_data.summary(demo_data.Demo(CONFIG, "demo client", dict.fromkeys(demo_data.PEOPLE, "password")))
    for value in asdict(CONFIG).values():
        assert f" {value}\n" in summary
