"""Resources and settings that the template must have."""

from pathlib import Path

import yaml

from cart_service.bootstrap import CHANNEL
from ecom.create_order_client import SECONDS
from ecom_testkit.templates import Template
from tools.project.services import one, read_template

FOLDER = Path(__file__).parents[2]
TEMPLATE = Template(read_template(FOLDER / "template.yaml"))
OPENAPI = yaml.safe_load((FOLDER / "openapi.yaml").read_text())


def test_the_contracts_parameters() -> None:
    names = {"table/name", "resolvers/carts/arn", "api/url", "api/arn", "checkouts-table/name"}
    assert names <= TEMPLATE.parameters("cart")


def test_it_needs_the_catalogue_orders_and_the_user_pool() -> None:
    assert one("cart").dependencies == ("orders", "platform", "products", "users")


def test_the_tables_survive_their_stack() -> None:
    assert TEMPLATE.is_retained("CheckoutsTable")
    assert TEMPLATE.properties("CheckoutsTable")["KeySchema"] == [{"AttributeName": "orderId", "KeyType": "HASH"}]
    assert TEMPLATE.is_retained("Table")
    assert TEMPLATE.properties("Table")["KeySchema"] == [{"AttributeName": "cartKey", "KeyType": "HASH"}]


def test_the_functions_may_do_what_they_need_and_no_more() -> None:
    may = {"dynamodb:GetItem", "dynamodb:PutItem", "dynamodb:DeleteItem", "execute-api:Invoke"}
    assert TEMPLATE.actions("GraphqlCartFunction") == may
    writes = {"dynamodb:GetItem", "dynamodb:PutItem", "dynamodb:UpdateItem"}
    asks = {"lambda:InvokeFunction", "execute-api:Invoke"}
    assert TEMPLATE.actions("RestCheckoutFunction") == {*writes, *asks, "dynamodb:DeleteItem"}
    queue = {"sqs:ReceiveMessage", "sqs:DeleteMessage", "sqs:GetQueueAttributes", "sqs:ChangeMessageVisibility"}
    assert TEMPLATE.actions("OnOrderCreatedFunction") == {*writes, *queue, "sqs:SendMessage"}


def test_only_orders_that_checkout_asked_for_wake_the_consumer() -> None:
    """An order of createOrder costs nothing here."""
    assert TEMPLATE.properties("OrdersRule")["EventPattern"] == {
        "source": ["ecommerce.orders"],
        "detail-type": ["OrderCreated"],
        "detail": {"channel": [CHANNEL]},
    }


def test_only_users_of_the_pool_may_check_out() -> None:
    assert OPENAPI["paths"]["/checkout"]["post"]["security"] == [{"users": []}]
    scheme = OPENAPI["components"]["securitySchemes"]["users"]
    assert scheme["x-amazon-apigateway-authorizer"]["providerARNs"] == [{"Ref": "UserPoolArn"}]


def test_pages_may_read_every_answer_and_never_with_credentials() -> None:
    for response in OPENAPI["x-amazon-apigateway-gateway-responses"].values():
        header = "gatewayresponse.header.Access-Control-Allow-Origin"
        assert response["responseParameters"][header] == {"Fn::Sub": "'${AllowedOrigin}'"}
    assert {"DEFAULT_4XX", "DEFAULT_5XX"} <= set(OPENAPI["x-amazon-apigateway-gateway-responses"])
    assert TEMPLATE.body["Parameters"]["AllowedOrigin"]["Default"] == "*"
    assert "allow-credentials" not in (FOLDER / "openapi.yaml").read_text().lower()


def test_createorder_ends_before_checkout_stops_waiting() -> None:
    create_order = Template(read_template(FOLDER.parent / "orders" / "template.yaml"))
    limit = create_order.body["Globals"]["Function"]["Timeout"]
    assert limit <= SECONDS < TEMPLATE.properties("RestCheckoutFunction")["Timeout"] < 29
