"""What CloudFormation gets is checked: faults that the template as it is written does not show."""

import json

import pytest

from tools.check.rules.aws import packaged_templates
from tools.check.rules.aws.packaged_templates import ACCEPTED, check_packaged
from tools.check.rules.aws.quotas import check_quotas
from tools.check.rules.aws.transformed import of_service
from tools.check.rules.findings import Repository
from tools.tests.check.rules.conftest import MakeRepository

TEMPLATE = """
AWSTemplateFormatVersion: "2010-09-09"
Transform: AWS::Serverless-2016-10-31
Parameters:
  Environment: { Type: String }
Globals: { Api: { OpenApiVersion: 3.0.1 }, Function: { Timeout: 10 } }
Resources:
  Function:
    Type: AWS::Serverless::Function
    Properties:
      FunctionName: !Sub shop-${Environment}-hello
      Runtime: python3.13
      Handler: hello.handler
      CodeUri: build/package
      AutoPublishAlias: live
  Api:
    Type: AWS::Serverless::Api
    Properties:
      StageName: prod
      DefinitionBody: { Fn::Transform: { Name: AWS::Include, Parameters: { Location: openapi.yaml } } }
"""
DOCUMENT = """
openapi: 3.0.1
info: { title: orders, version: "1" }
paths:
  /hello:
    get:
      responses: { "200": { description: ok } }
      x-amazon-apigateway-integration:
        type: aws_proxy
        httpMethod: POST
        uri: !Sub arn:aws:apigateway:${AWS::Region}:lambda:path/2015-03-31/functions/${Function.Alias}/invocations
"""


def repository(make: MakeRepository, template: str = TEMPLATE, document: str = DOCUMENT) -> Repository:
    return make(
        {
            "orders/metadata.yaml": "name: orders\ndescription: Orders\n",
            "users/metadata.yaml": "name: users\ndescription: Users\n",
            "orders/template.yaml": template,
            "orders/openapi.yaml": document,
        }
    )


def said(checked: Repository) -> list[str]:
    return [str(finding) for finding in check_packaged(checked)]


def test_a_good_template_is_checked_once(make: MakeRepository, monkeypatch: pytest.MonkeyPatch) -> None:
    checked = repository(make)
    assert said(checked) == []
    assert len(list((checked.root / ACCEPTED).iterdir())) == 1
    monkeypatch.setattr(packaged_templates, "_run", lambda *_: pytest.fail("the same content is checked again"))
    assert said(checked) == []


def test_a_null_in_an_included_document_is_found(make: MakeRepository) -> None:
    (found,) = said(repository(make, document=DOCUMENT + "x-note: [null]\n"))
    assert "CloudFormation refuses null values; they are at Resources.Api.Properties.DefinitionBody.x-note[0]" in found


def test_what_sam_makes_is_checked(make: MakeRepository) -> None:
    """`sam validate` and cfn-lint read the template before SAM's transform."""
    event = "{ A: { Type: Schedule, Properties: { Schedule: every day } } }"
    alias = "      AutoPublishAlias: live\n"
    faulty = TEMPLATE.replace(alias, f"{alias}      Events: {event}\n")
    checked = repository(make, faulty)
    found = said(checked)
    assert any("Resources.FunctionA.Properties.ScheduleExpression" in each for each in found), found
    assert said(checked) == found, "a refused template is checked again"


def test_what_sam_refuses_is_found(make: MakeRepository) -> None:
    (found,) = said(repository(make, TEMPLATE.replace("      Handler: hello.handler\n", "")))
    assert found.startswith("orders/template.yaml:1: cannot be packaged: ")
    assert "Handler" in found


def test_quotas_are_checked_after_the_transform(make: MakeRepository) -> None:
    slow = TEMPLATE.replace("Timeout: 10", "Timeout: 30").replace(
        "      AutoPublishAlias: live\n",
        "      AutoPublishAlias: live\n"
        "      Events: { A: { Type: Api, Properties: { RestApiId: !Ref Api, Path: /hello, Method: get } } }\n",
    )
    (found,) = [str(finding) for finding in check_quotas(repository(make, slow))]
    assert "Function: Timeout, called by a REST API, is 30, over AWS's limit of 29 - see API Gateway" in found


MACHINE = """
  Machine:
    Type: AWS::Serverless::StateMachine
    Properties:
      DefinitionUri: machine.asl.yaml
      DefinitionSubstitutions: { Hello: !GetAtt Function.Arn }
      Policies:
        - LambdaInvokePolicy: { FunctionName: !Ref Function }
"""
DEFINITION = """
QueryLanguage: JSONata
StartAt: Hello
States:
  Hello:
    Type: Task
    Resource: arn:aws:states:::lambda:invoke
    Arguments: {FunctionName: "${Hello}", Payload: "{% $states.input %}"}
    TimeoutSeconds: "{% $states.input.seconds %}"
    End: true
"""


def test_the_definition_of_a_state_machine_is_packaged(make: MakeRepository) -> None:
    checked = repository(make, TEMPLATE + MACHINE)
    (checked.root / "orders" / "machine.asl.yaml").write_text(DEFINITION)
    assert said(checked) == []
    (template,) = [one for one in of_service(checked.root, "orders") if not one.gradual]
    machine = template.resources["Machine"]["Properties"]
    assert json.loads("\n".join(machine["DefinitionString"]["Fn::Join"][1]))["StartAt"] == "Hello"
    assert template.resources["MachineRole"]["Properties"]["Path"]
