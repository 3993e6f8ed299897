"""Every field of the schema has its resolver, and every resolver the one shared handler."""

from pathlib import Path
from typing import Any

import graphql

from tools.services import read_template

FOLDER = Path(__file__).parents[2]
RESOURCES: dict[str, Any] = read_template(FOLDER / "template.yaml")["Resources"]
RESOLVERS = [r["Properties"] for r in RESOURCES.values() if r["Type"] == "AWS::AppSync::Resolver"]


def test_every_field_has_one_resolver() -> None:
    document = graphql.parse((FOLDER / "schema.graphql").read_text())
    fields = {
        (node.name.value, field.name.value)
        for node in document.definitions
        if isinstance(node, graphql.ObjectTypeDefinitionNode) and node.name.value in ("Query", "Mutation")
        for field in node.fields
    }
    assert sorted((r["TypeName"], r["FieldName"]) for r in RESOLVERS) == sorted(fields)


def test_all_share_one_handler() -> None:
    assert {resolver["Code"] for resolver in RESOLVERS} == {"{{file:resolvers/invoke.js}}"}


def test_a_data_source_may_invoke_its_own_function_and_no_other() -> None:
    for source in (r["Properties"] for r in RESOURCES.values() if r["Type"] == "AWS::AppSync::DataSource"):
        role = RESOURCES[source["ServiceRoleArn"]["Fn::GetAtt"][0]]["Properties"]
        (policy,) = role["Policies"]
        (statement,) = policy["PolicyDocument"]["Statement"]
        assert statement["Resource"] == source["LambdaConfig"]["LambdaFunctionArn"]
