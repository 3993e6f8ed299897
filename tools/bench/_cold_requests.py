"""A first request for each function that answers one. All tables are empty."""

import json
from collections.abc import Mapping
from typing import Any

from tools.bench.create_order import REQUEST, USER

ADDRESS = {**REQUEST["address"], "phoneNumber": "+45 12345678"}
PRODUCT = {key: value for key, value in REQUEST["products"][0].items() if key != "quantity"}
LINES = [{"productId": line["productId"], "quantity": line["quantity"]} for line in REQUEST["products"]]
ORDER_ID = "11111111-1111-4111-8111-111111111111"


def _field(name: str, arguments: Mapping[str, Any], user: str | None = USER, groups: tuple[str, ...] = ()) -> Any:
    """A field to resolve, as AppSync sends it."""
    identity = {"sub": user, "username": user, "claims": {"sub": user}, "groups": list(groups) or None}
    return {
        "arguments": arguments,
        "identity": identity if user else None,
        "source": None,
        "info": {"fieldName": name, "parentTypeName": "Query", "selectionSetList": [], "variables": {}},
        "request": {"domainName": None, "headers": {}},
    }


def _staff(name: str, arguments: Mapping[str, Any]) -> Any:
    return _field(name, arguments, "staff-1", ("admin", "warehouse", "delivery"))


def _rest(method: str, path: str, body: Any = None, parameters: Mapping[str, str] | None = None) -> Any:
    """A call through API Gateway."""
    return {
        "resource": path,
        "path": path,
        "httpMethod": method,
        "headers": {"Content-Type": "application/json"},
        "queryStringParameters": None,
        "pathParameters": parameters,
        "requestContext": {"stage": "prod", "requestId": "request-1"},
        "body": None if body is None else json.dumps(body),
        "isBase64Encoded": False,
    }


def _merchant(event: dict[str, Any]) -> dict[str, Any]:
    return {**event, "headers": {**event["headers"], "Authorization": "Bearer merchant-secret"}}


REQUESTS: dict[str, dict[str, Any]] = {
    "delivery/graphql_get_deliveries": _staff("getNewDeliveries", {}),
    "delivery/graphql_delivery_steps": _staff("startDelivery", {"input": {"orderId": ORDER_ID}}),
    "delivery-pricing/graphql_delivery_pricing": _field(
        "getDeliveryPricing", {"input": {"products": REQUEST["products"], "address": ADDRESS}}
    ),
    "delivery-pricing/rest_pricing": _rest(
        "POST", "/backend/pricing", {"products": REQUEST["products"], "address": ADDRESS}
    ),
    "orders/graphql_create_order": _field("createOrder", {"order": {**REQUEST, "paymentToken": "token-1"}}),
    "orders/graphql_get_orders": _field("getOrders", {}),
    "orders/graphql_cancel_order": _field("cancelOrder", {"orderId": ORDER_ID}),
    "orders/graphql_on_order_changed": _field("onOrderChanged", {"orderId": ORDER_ID}),
    "orders/rest_get_order": _rest("GET", "/backend/{orderId}", parameters={"orderId": ORDER_ID}),
    "payment/rest_validate": _rest("POST", "/backend/validate", {"paymentToken": "token-1", "total": 5970}),
    "payment-3p/rest_preauth": _rest("POST", "/preauth", {"cardNumber": "1234567890123456", "amount": 5970}),
    "payment-3p/rest_check": _rest("POST", "/check", {"paymentToken": "token-1", "amount": 5970}),
    "payment-3p/rest_merchant": _merchant(_rest("POST", "/processPayment", {"paymentToken": "token-1"})),
    "payment-3p/rest_payments": _merchant(_rest("GET", "/payments")),
    "products/graphql_get_products": _field("getProducts", {}, user=None),
    "products/graphql_edit_products": _staff("deleteProduct", {"productId": PRODUCT["productId"]}),
    "products/rest_validate": _rest("POST", "/backend/validate", {"products": REQUEST["products"]}),
    "warehouse/graphql_get_packaging": _staff("getNewPackagingRequestIds", {}),
    "search/graphql_search": _field("searchProducts", {"input": {"text": "kettle"}}, user=None),
    "warehouse/graphql_get_availability": _field("getAvailability", {"productIds": [PRODUCT["productId"]]}, user=None),
    "warehouse/graphql_packaging": _staff("startPackaging", {"input": {"orderId": ORDER_ID}}),
    "warehouse/graphql_set_stock": _staff("setStock", {"productId": PRODUCT["productId"], "onHand": 5}),
    "warehouse/rest_reserve": _rest("POST", "/backend/reserve", {"orderId": ORDER_ID, "products": LINES}),
    "warehouse/rest_release": _rest("POST", "/backend/release", {"orderId": ORDER_ID, "attempt": "attempt-1"}),
    "warehouse/rest_get_due": _rest("GET", "/backend/due"),
    "warehouse/rest_settle_due": _rest("POST", "/backend/due", {"abandoned": [ORDER_ID], "owned": []}),
    "warehouse/rest_restock": _rest("POST", "/backend/restock", {"returnId": "return-1", "lines": LINES}),
    "warehouse/rest_get_levels": _rest("POST", "/backend/levels", {"productIds": [PRODUCT["productId"]]}),
    "warehouse/rest_cancel": _rest("POST", "/backend/cancel", {"orderId": ORDER_ID}),
}
