"""A REST API's stage serves the document with the present values of the parameters."""

import urllib.request
from collections.abc import Callable, Iterator

import pytest

from tools.deploy.deploy import deploy
from tools.deploy.package import CONFIGURATION_HASH, CONFIGURATION_MEDIA_TYPE, with_versions
from tools.deploy.stacks import Stacks
from tools.project.aws import Target
from tools.project.services import Service
from tools.tests.deploy.greeting import set_greeting

# As in our documents: the origin that browsers may call from is a parameter.
PREFLIGHT = """
    options:
      responses:
        "200":
          description: For browsers
          headers: { Access-Control-Allow-Origin: { schema: { type: string } } }
      x-amazon-apigateway-integration:
        type: mock
        requestTemplates: { application/json: '{"statusCode": 200}' }
        responses:
          default:
            statusCode: "200"
            responseParameters:
              method.response.header.Access-Control-Allow-Origin: { Fn::Sub: "'https://${Greeting}.example'" }
"""


@pytest.fixture
def alpha(target: Target, services: dict[str, Service]) -> Iterator[Service]:
    with (services["alpha"].folder / "openapi.yaml").open("a") as document:
        document.write(PREFLIGHT)
    yield services["alpha"]
    stacks = Stacks(target)
    if stack := stacks.find(target.environment.stack("alpha")):
        stacks.delete(stack)


def api_of(target: Target) -> str:
    return target.parameters(["/ecommerce/local/alpha/api/url"])["/ecommerce/local/alpha/api/url"]


def origin(target: Target) -> str:
    url = f"{target.endpoint}/_aws/execute-api/{api_of(target)}/prod/hello"
    request = urllib.request.Request(url, method="OPTIONS")  # noqa: S310 - the local cloud's address
    with urllib.request.urlopen(request) as answer:  # noqa: S310 - as above
        return str(answer.headers["Access-Control-Allow-Origin"])


def deployment(target: Target) -> str:
    stages = target.client("apigateway").get_stages(restApiId=api_of(target))["item"]
    (found,) = (str(stage["deploymentId"]) for stage in stages if stage["stageName"] == "prod")
    return found


def test_a_changed_parameter_reaches_the_stage(
    target: Target, alpha: Service, edit: Callable[[Service, str, str], Service]
) -> None:
    deploy(alpha, target)
    first = deployment(target)
    assert origin(target) == "https://hello.example"
    assert deploy(alpha, target) == "no changes"
    assert deployment(target) == first
    deploy(edit(alpha, "Default: hello", "Default: shop"), target)
    assert origin(target) == "https://shop.example"
    assert deployment(target) != first


def test_a_stage_serves_the_value_before_when_no_deployment_is_made(target: Target, alpha: Service) -> None:
    """As on AWS, where SAM alone does not look at parameters."""
    deploy(alpha, target)
    set_greeting(target, "shop")
    assert origin(target) == "https://hello.example"


def test_media_types_of_the_template_stay() -> None:
    api = {"Type": "AWS::Serverless::Api", "Properties": {"BinaryMediaTypes": ["image/png"]}}
    prepared = with_versions({"Resources": {"Api": api}})
    assert prepared["Resources"]["Api"]["Properties"]["BinaryMediaTypes"] == ["image/png", CONFIGURATION_MEDIA_TYPE]
    assert CONFIGURATION_HASH in prepared["Parameters"]
