"""Every field of the schema has a resolver, and every resolver uses the one shared handler."""

from pathlib import Path

import graphql
import pytest

from ecom_testkit.templates import DEAD_LETTERS, Template
from tools.project.services import read_template

FOLDER = Path(__file__).parents[2]
TEMPLATE = Template(read_template(FOLDER / "template.yaml"))
RESOLVERS = list(TEMPLATE.of_type("AWS::AppSync::Resolver").values())


def test_requests_of_one_address_are_limited_on_aws() -> None:
    assert TEMPLATE["Firewall"]["Condition"] == TEMPLATE["FirewallOfApi"]["Condition"] == "HasFirewall"
    rule, _ = TEMPLATE.properties("Firewall")["Rules"]
    assert (rule["Action"], rule["Statement"]["RateBasedStatement"]["Limit"]) == (
        {"Block": {}},
        {"Ref": "RequestsPerAddress"},
    )
    assert TEMPLATE.properties("FirewallOfApi")["ResourceArn"] == {"Fn::GetAtt": ["Api", "Arn"]}
    assert TEMPLATE.body["Parameters"]["RequestsPerAddress"]["Default"] == "2000"


def test_searches_without_a_token_are_limited_on_aws() -> None:
    """By the header that such a caller must send, and the field, which GraphQL's syntax cannot hide. What WAF cannot
    read counts."""
    condition, rule, nothing = TEMPLATE.properties("Firewall")["Rules"][1]["Fn::If"]
    assert (condition, nothing) == ("LimitsSearches", {"Ref": "AWS::NoValue"})
    limit = rule["Statement"]["RateBasedStatement"]
    assert (rule["Action"], limit["Limit"]) == ({"Block": {}}, {"Ref": "SearchesPerAddress"})
    key, field = limit["ScopeDownStatement"]["AndStatement"]["Statements"]
    assert key["SizeConstraintStatement"]["FieldToMatch"] == {"SingleHeader": {"Name": "x-api-key"}}
    assert field["ByteMatchStatement"]["SearchString"] == "searchProducts"
    body = field["ByteMatchStatement"]["FieldToMatch"]["JsonBody"]
    assert (body["InvalidFallbackBehavior"], body["OversizeHandling"]) == ("MATCH", "MATCH")


def test_a_request_resolves_twenty_fields_at_most_and_ten_levels() -> None:
    api = TEMPLATE.properties("Api")
    assert (api["ResolverCountLimit"], api["QueryDepthLimit"]) == (20, 10)


def test_requests_are_logged_if_it_is_asked_for_without_arguments_and_answers() -> None:
    """AppSync writes paid records of each request at any level. Arguments and answers contain addresses."""
    name, log, otherwise = TEMPLATE.properties("Api")["LogConfig"]["Fn::If"]
    assert (log["ExcludeVerboseContent"], log["FieldLogLevel"]) == (True, "ERROR")
    assert (name, otherwise) == ("WritesRequestLogs", {"Ref": "AWS::NoValue"})
    assert TEMPLATE["LogsRole"]["Condition"] == "WritesRequestLogs"
    assert "Condition" not in TEMPLATE["ApiLogs"]  # what was logged stays when it is switched off
    assert TEMPLATE.body["Conditions"]["WritesRequestLogs"] == {"Fn::Equals": [{"Ref": "RequestLogs"}, "true"]}
    assert TEMPLATE.body["Parameters"]["RequestLogs"]["Default"] == "false"


def test_pages_of_the_catalogue_and_nothing_else_can_be_cached_for_everybody_alike() -> None:
    """Not a search, which shows a change within seconds, and not one product, whose price is shown at the purchase."""
    caching = {"Ttl": {"Ref": "CatalogueCacheSeconds"}, "CachingKeys": ["$context.arguments"]}
    cached = {each["FieldName"]: each["CachingConfig"] for each in RESOLVERS if "CachingConfig" in each}
    choice = {"Fn::If": ["HasCache", caching, {"Ref": "AWS::NoValue"}]}
    assert cached == {"getProducts": choice, "getProductsByCategory": choice}
    assert TEMPLATE["CatalogueCache"]["Condition"] == "HasCache"
    assert TEMPLATE.properties("CatalogueCache")["ApiCachingBehavior"] == "PER_RESOLVER_CACHING"
    assert TEMPLATE.body["Parameters"]["CatalogueCacheSeconds"]["Default"] == 0


def test_tokens_of_named_app_clients_only_if_the_environment_names_them() -> None:
    users, _ = TEMPLATE.properties("Api")["AdditionalAuthenticationProviders"]
    choice = {"Fn::If": ["NamesAppClients", {"Ref": "AppClients"}, {"Ref": "AWS::NoValue"}]}
    assert users["UserPoolConfig"]["AppIdClientRegex"] == choice
    assert TEMPLATE.body["Parameters"]["AppClients"]["Default"] == ""


# Everybody may follow everything there. A resolver would only allow or refuse a subscriber
# (AppSync Developer Guide, "Using subscriptions for real-time data applications").
WITHOUT_RESOLVER = {("Subscription", "onAvailabilityChanged")}


def test_every_field_has_one_resolver() -> None:
    document = graphql.parse((FOLDER / "schema.graphql").read_text())
    fields = {
        (node.name.value, field.name.value)
        for node in document.definitions
        if isinstance(node, graphql.ObjectTypeDefinitionNode)
        and node.name.value in ("Query", "Mutation", "Subscription")
        for field in node.fields
    }
    resolved = [(resolver["TypeName"], resolver["FieldName"]) for resolver in RESOLVERS]
    assert fields - set(resolved) == WITHOUT_RESOLVER, (
        "without a resolver: add them to Fn::ForEach::Resolvers in template.yaml"
    )
    assert set(resolved) - fields == set(), "resolvers of fields that schema.graphql does not have"
    assert len(resolved) == len(set(resolved))


def test_all_resolvers_with_a_function_share_one_handler() -> None:
    for resolver in RESOLVERS:
        source = TEMPLATE.properties(resolver["DataSourceName"]["Fn::GetAtt"][0])
        wanted = "{{file:resolvers/local.js}}" if source["Type"] == "NONE" else "{{file:resolvers/invoke.js}}"
        assert resolver["Code"] == wanted, resolver["FieldName"]


def test_a_data_source_may_invoke_its_own_function_and_no_other() -> None:
    for source in TEMPLATE.of_type("AWS::AppSync::DataSource").values():
        if source["Type"] == "NONE":
            continue
        role = TEMPLATE.properties(source["ServiceRoleArn"]["Fn::GetAtt"][0])
        (policy,) = role["Policies"]
        (statement,) = policy["PolicyDocument"]["Statement"]
        assert statement["Resource"] == source["LambdaConfig"]["LambdaFunctionArn"]


def test_the_subscription_to_an_order_checks_its_subscriber() -> None:
    """Without a resolver, AppSync lets every signed-in user follow every order."""
    (resolver,) = [each for each in RESOLVERS if each["TypeName"] == "Subscription"]
    assert (resolver["FieldName"], resolver["DataSourceName"]) == (
        "onOrderChanged",
        {"Fn::GetAtt": ["OrderWatch", "Name"]},
    )


PUBLISHERS = {"OnOrderEventFunction": "publishOrderChange", "OnStockEventFunction": "publishAvailability"}


@pytest.mark.parametrize(("function", "mutation"), PUBLISHERS.items())
def test_a_publisher_may_call_its_mutation_and_send_dead_letters_and_nothing_else(function: str, mutation: str) -> None:
    statements = TEMPLATE.statements(function)
    assert [(each["Action"], each["Resource"]) for each in statements] == [
        ("appsync:GraphQL", {"Fn::Sub": f"${{Api.Arn}}/types/Mutation/fields/{mutation}"}),
        ("sqs:SendMessage", DEAD_LETTERS),
    ]


def test_only_changes_of_followed_orders_and_of_stock_reach_the_publishers() -> None:
    followed = {"source": ["ecommerce.orders"], "detail-type": ["OrderModified"], "detail": {"followed": [True]}}
    stock = {"source": ["ecommerce.warehouse"], "detail-type": ["StockChanged"]}
    assert [rule["EventPattern"] for rule in TEMPLATE.rules().values()] == [followed, stock]
    TEMPLATE.check_rules()


def test_only_the_publishers_may_publish() -> None:
    document = graphql.parse((FOLDER / "schema.graphql").read_text())
    access = {
        field.name.value: [directive.name.value for directive in field.directives]
        for node in document.definitions
        if isinstance(node, graphql.ObjectTypeDefinitionNode) and node.name.value == "Mutation"
        for field in node.fields
        if field.name.value.startswith("publish")
    }
    assert access == {mutation: ["aws_iam"] for mutation in PUBLISHERS.values()}
