"""Every field of the schema has its resolver, and every resolver the one shared handler."""

from pathlib import Path
from typing import Any

import graphql

from tools.project.services import read_template

FOLDER = Path(__file__).parents[2]
RESOURCES: dict[str, Any] = read_template(FOLDER / "template.yaml")["Resources"]
RESOLVERS = [r["Properties"] for r in RESOURCES.values() if r["Type"] == "AWS::AppSync::Resolver"]


def test_every_field_has_one_resolver() -> None:
    document = graphql.parse((FOLDER / "schema.graphql").read_text())
    fields = {
        (node.name.value, field.name.value)
        for node in document.definitions
        if isinstance(node, graphql.ObjectTypeDefinitionNode)
        and node.name.value in ("Query", "Mutation", "Subscription")
        for field in node.fields
    }
    assert sorted((r["TypeName"], r["FieldName"]) for r in RESOLVERS) == sorted(fields)


def test_all_share_one_handler_but_what_has_no_function() -> None:
    local = {"{{file:resolvers/local.js}}"}
    for resolver in RESOLVERS:
        source = RESOURCES[resolver["DataSourceName"]["Fn::GetAtt"][0]]["Properties"]
        wanted = local if source["Type"] == "NONE" else {"{{file:resolvers/invoke.js}}"}
        assert {resolver["Code"]} == wanted, resolver["FieldName"]


def test_a_data_source_may_invoke_its_own_function_and_no_other() -> None:
    sources = [r["Properties"] for r in RESOURCES.values() if r["Type"] == "AWS::AppSync::DataSource"]
    for source in (each for each in sources if each["Type"] != "NONE"):
        role = RESOURCES[source["ServiceRoleArn"]["Fn::GetAtt"][0]]["Properties"]
        (policy,) = role["Policies"]
        (statement,) = policy["PolicyDocument"]["Statement"]
        assert statement["Resource"] == source["LambdaConfig"]["LambdaFunctionArn"]


def test_a_subscription_asks_who_subscribes() -> None:
    """Without a resolver, AppSync lets everybody who is signed in follow every order."""
    (resolver,) = [each for each in RESOLVERS if each["TypeName"] == "Subscription"]
    assert (resolver["FieldName"], resolver["DataSourceName"]) == (
        "onOrderChanged",
        {"Fn::GetAtt": ["OrderWatch", "Name"]},
    )


def test_the_publisher_may_publish_changes_and_put_letters_away_and_nothing_else() -> None:
    (policy,) = RESOURCES["OnOrderEventFunction"]["Properties"]["Policies"]
    assert {(each["Action"], str(each["Resource"])) for each in policy["Statement"]} == {
        ("appsync:GraphQL", "{'Fn::Sub': '${Api.Arn}/types/Mutation/fields/publishOrderChange'}"),
        ("sqs:SendMessage", "{'Fn::GetAtt': ['DeadLetters', 'Outputs.QueueArn']}"),
    }


def test_only_the_publisher_may_publish() -> None:
    document = graphql.parse((FOLDER / "schema.graphql").read_text())
    (mutation,) = [
        field
        for node in document.definitions
        if isinstance(node, graphql.ObjectTypeDefinitionNode) and node.name.value == "Mutation"
        for field in node.fields
        if field.name.value == "publishOrderChange"
    ]
    assert [directive.name.value for directive in mutation.directives] == ["aws_iam"]
