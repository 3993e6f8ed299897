"""createOrder asked by a service: it invokes the function, and leaves prices to the server."""

import json
from typing import Any

import pytest

from ecom_client.journey import ADDRESS, Product, Shopper
from ecom_client.made import made, new_id
from ecom_client.platform import Platform

pytestmark = pytest.mark.deployed


def test_a_service_orders_for_a_user_without_prices(
    platform_outside: Platform, buyer: Shopper, kettle: Product
) -> None:
    client, arn = platform_outside.client("lambda"), platform_outside.parameter("orders/create-order/arn")
    user_id = made(f"partner:{new_id()}")

    def ask(token: str, **changes: Any) -> dict[str, Any]:
        lines = [{"productId": kettle["productId"], "quantity": 2}]
        order = {"products": lines, "address": ADDRESS, "paymentToken": token, **changes}
        answer = client.invoke(FunctionName=arn, Payload=json.dumps({"order": order, "userId": user_id}).encode())
        assert "FunctionError" not in answer
        found: dict[str, Any] = json.loads(answer["Payload"].read())
        return found

    total = 2 * kettle["price"]
    refused = ask("token", total=total + 1, products=[{"productId": kettle["productId"], "quantity": 2, "price": 1}])
    assert [problem["code"] for problem in refused["problems"]] == ["PRICE_CHANGED"]
    refused = ask("token", total=total + 1)
    assert [(each["code"], each["expected"]) for each in refused["problems"]] == [("TOTAL_CHANGED", total)]
    token = buyer.hold(total)
    accepted = ask(token, total=total)
    order = accepted["order"]
    assert (accepted["success"], order["total"], order["userId"]) == (True, total, user_id)
    assert order["products"][0]["price"] == kettle["price"]
    assert ask(token, total=total)["order"]["orderId"] == order["orderId"]
    assert [problem["code"] for problem in ask(token)["problems"]] == ["IDEMPOTENCY_MISMATCH"]
