"""Packaged templates need no local file, and the keys of uploads are the hashes of their content."""

import json
from collections.abc import Callable
from typing import Any

import pytest

from tools.deploy.build import build
from tools.deploy.package import package
from tools.project.environments import Environment
from tools.project.problems import Problem
from tools.project.services import Service, one

LOCAL = Environment("local", "local", "us-east-1")


class Shelf:
    """An artifact bucket in memory."""

    def __init__(self) -> None:
        self.name = "shelf"
        self.environment = LOCAL
        self.held: dict[str, bytes] = {}

    def put(self, key: str, content: Callable[[], bytes]) -> bool:
        if key in self.held:
            return False
        self.held[key] = content()
        return True

    def url(self, key: str) -> str:
        return f"https://shelf/{key}"


@pytest.fixture
def shelf() -> Shelf:
    return Shelf()


@pytest.fixture
def alpha(services: dict[str, Service]) -> Service:
    build(services["alpha"], LOCAL)
    return services["alpha"]


def packaged(service: Service, shelf: Shelf) -> dict[str, Any]:
    document: dict[str, Any] = json.loads(package(service, shelf).body)
    return document


def test_code_is_uploaded_once_under_its_hash(alpha: Service, shelf: Shelf) -> None:
    uri = packaged(alpha, shelf)["Globals"]["Function"]["CodeUri"]
    assert uri.startswith("s3://shelf/alpha/code/")
    assert uri.endswith(".zip")
    assert uri.removeprefix("s3://shelf/") in shelf.held
    assert package(alpha, shelf).uploaded == []


def test_changed_code_changes_the_key_and_nothing_else(alpha: Service, shelf: Shelf) -> None:
    before = packaged(alpha, shelf)
    source = alpha.source / "alpha_service" / "hello.py"
    source.write_text(source.read_text() + "\n")
    build(alpha, LOCAL)
    after = packaged(alpha, shelf)
    assert before.pop("Globals") != after.pop("Globals")
    assert before == after


def test_an_included_document_becomes_part_of_the_template(alpha: Service, shelf: Shelf) -> None:
    body = packaged(alpha, shelf)["Resources"]["Api"]["Properties"]["DefinitionBody"]
    assert body["openapi"] == "3.0.1"
    uri = body["paths"]["/hello"]["get"]["x-amazon-apigateway-integration"]["uri"]
    assert "${HelloFunction.Arn}" in uri["Fn::Sub"]


def test_a_packaged_schema_has_no_references_to_other_files(alpha: Service, shelf: Shelf) -> None:
    text = packaged(alpha, shelf)["Resources"]["SchemaParameter"]["Properties"]["Value"]
    schema = json.loads(text)
    assert "Metadata" in schema["definitions"]
    assert "common.json" not in text


LOOP = """
  Fn::ForEach::Texts:
    - Name
    - [one, two]
    - ${Name}Text:
        Type: AWS::SSM::Parameter
        Properties:
          Name: !Sub /ecommerce/${Environment}/alpha/text/${Name}
          Type: String
          Value: !Sub "{{file:${Name}.txt}}"
"""


def test_a_loop_is_expanded_before_its_files_are_read(alpha: Service, shelf: Shelf) -> None:
    text = alpha.template_path.read_text()
    text = text.replace("Transform: ", "Transform: [AWS::LanguageExtensions, ").replace("-2016-10-31", "-2016-10-31]")
    alpha.template_path.write_text(text + LOOP)
    for name in ("one", "two"):
        (alpha.folder / f"{name}.txt").write_text(f"text {name}")
    looped = one("alpha", alpha.folder.parent)
    document = packaged(looped, shelf)
    assert document["Transform"] == "AWS::Serverless-2016-10-31"
    values = {name: document["Resources"][f"{name}Text"]["Properties"]["Value"] for name in ("one", "two")}
    assert values == {"one": "text one", "two": "text two"}
    assert "Fn::ForEach" not in str(document)
    assert "/ecommerce/{Environment}/alpha/text/one" in looped.published_parameters


def test_nested_templates_are_packaged_with_it(alpha: Service, shelf: Shelf) -> None:
    nested = alpha.folder / "nested.yaml"
    nested.write_text(nested.read_text().replace("Value: !Ref Greeting", 'Value: "{{file:greeting.txt}}"'))
    (alpha.folder / "greeting.txt").write_text("good day")
    url = packaged(alpha, shelf)["Resources"]["Nested"]["Properties"]["TemplateURL"]
    inner = json.loads(shelf.held[url.removeprefix("https://shelf/")])
    assert inner["Resources"]["GreetingParameter"]["Properties"]["Value"] == "good day"


@pytest.mark.parametrize(
    ("kind", "source", "target", "content", "expected"),
    [
        ("AWS::AppSync::GraphQLSchema", "DefinitionS3Location", "Definition", "type Query { a: Int }", None),
        ("AWS::AppSync::Resolver", "CodeS3Location", "Code", "export function request() {}", None),
        ("AWS::ApiGateway::RestApi", "BodyS3Location", "Body", "openapi: 3.0.1", {"openapi": "3.0.1"}),
        ("AWS::Serverless::StateMachine", "DefinitionUri", "Definition", "StartAt: A", {"StartAt": "A"}),
    ],
)
def test_documents_named_by_a_local_path(
    alpha: Service, shelf: Shelf, kind: str, source: str, target: str, content: str, expected: object
) -> None:
    (alpha.folder / "document").write_text(content)
    alpha.template["Resources"]["Extra"] = {"Type": kind, "Properties": {source: "document"}}
    properties = packaged(alpha, shelf)["Resources"]["Extra"]["Properties"]
    role = {"PermissionsBoundary", "RolePath"}  # of the role that SAM makes
    assert {name: value for name, value in properties.items() if name not in role} == {target: expected or content}


def test_a_plain_function_gets_bucket_and_key(alpha: Service, shelf: Shelf) -> None:
    alpha.template["Resources"]["Plain"] = {"Type": "AWS::Lambda::Function", "Properties": {"Code": "build/package"}}
    code = packaged(alpha, shelf)["Resources"]["Plain"]["Properties"]["Code"]
    assert code["S3Bucket"] == "shelf"
    assert code["S3Key"] in shelf.held


def test_remote_locations_stay(alpha: Service, shelf: Shelf) -> None:
    alpha.template["Resources"]["Extra"] = {
        "Type": "AWS::CloudFormation::Stack",
        "Properties": {"TemplateURL": "https://elsewhere/template.json"},
    }
    assert packaged(alpha, shelf)["Resources"]["Extra"] == alpha.template["Resources"]["Extra"]


def test_the_error_for_a_missing_file_has_file_and_line(alpha: Service, shelf: Shelf) -> None:
    (alpha.folder / "nested.yaml").unlink()
    with pytest.raises(Problem, match=r"template\.yaml:\d+: the file nested\.yaml is missing; Nested refers to it"):
        package(alpha, shelf)


def test_code_that_is_not_built_is_an_error(services: dict[str, Service], shelf: Shelf) -> None:
    with pytest.raises(Problem, match="the folder is missing; build it with `make build-alpha`"):
        package(services["alpha"], shelf)


def test_the_template_itself_is_not_touched(alpha: Service, shelf: Shelf) -> None:
    packaged(alpha, shelf)
    assert alpha.template["Globals"]["Function"]["CodeUri"] == "build/package"


def test_a_null_is_refused_with_its_place(alpha: Service, shelf: Shelf) -> None:
    # CloudFormation: "'null' values are not allowed in templates". Neither cfn-lint nor the SAM translator sees it.
    document = alpha.folder / "openapi.yaml"
    document.write_text(document.read_text() + "components: { schemas: { Nothing: { enum: [null] } } }\n")
    with pytest.raises(Problem, match=r"null values; they are at .*components\.schemas\.Nothing\.enum\[0\]"):
        package(alpha, shelf)
