"""The processor time of createOrder's warm handler, with a stub that answers every call at once.

It includes signing, JSON, botocore, validation and the rules, but not the network, other services and Lambda's own
work. The time of 100 SHA-256 hashes is printed for the comparison of machines.
"""

import io
import json
import os
import statistics
import time
import uuid
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

from tools.bench._live import verdict

WARM, MEASURED = 50, 500
TARGET_MS = 10
ANSWERS = {
    "products": {"message": "all products are as in the catalogue"},
    "pricing": {"pricing": 0},
    "payment": {"ok": True},
    "warehouse": {"ok": True, "expiresAt": "2030-01-01T00:00:00.000Z"},
}
ENVIRONMENT = {
    "AWS_ACCESS_KEY_ID": "AKIDEXAMPLE",
    "AWS_SECRET_ACCESS_KEY": "secret",
    "AWS_REGION": "eu-west-1",
    "AWS_DEFAULT_REGION": "eu-west-1",
    "TABLE_NAME": "orders",
    "PAYMENT_TOKENS_TABLE_NAME": "tokens",
    "RESERVATION_SECONDS": "900",
    "MAX_UNFINISHED_ORDERS": "5",
    "CURRENCY": "EUR",
    "POWERTOOLS_SERVICE_NAME": "orders",
    "PRODUCTS_API_URL": "https://products.example.com/prod",
    "DELIVERY_PRICING_API_URL": "https://pricing.example.com/prod",
    "PAYMENT_API_URL": "https://payment.example.com/prod",
    "WAREHOUSE_API_URL": "https://warehouse.example.com/prod",
}

# What Powertools reads of Lambda's context.
CONTEXT = SimpleNamespace(
    function_name="orders-graphql-create-order",
    aws_request_id="request-1",
    memory_limit_in_mb=256,
    invoked_function_arn="arn:aws:lambda:eu-west-1:111122223333:function:orders-graphql-create-order:live",
    get_remaining_time_in_millis=lambda: 10_000,
)


def resolver_event(arguments: dict[str, Any]) -> dict[str, Any]:
    """AppSync's event for createOrder, sent by a signed-in shopper."""
    claims = {"sub": USER, "token_use": "id"}
    return {
        "arguments": arguments,
        "identity": {"sub": USER, "username": USER, "claims": claims, "sourceIp": ["192.0.2.1"], "groups": None},
        "source": None,
        "info": {"fieldName": "createOrder", "parentTypeName": "Mutation", "selectionSetList": [], "variables": {}},
        "request": {"domainName": None, "headers": {}},
    }


def main() -> int:
    os.environ.pop("AWS_ENDPOINT_URL", None)
    os.environ.update(ENVIRONMENT)
    stub_the_network()
    from orders_service.handlers.graphql_create_order import handler

    def order() -> None:
        token = str(uuid.uuid4())
        answer = handler(resolver_event({"order": {**REQUEST, "paymentToken": token}}), CONTEXT)
        if not answer.get("success"):
            raise RuntimeError(f"createOrder refused: {answer}")

    for _ in range(WARM):
        order()
    times = [processor_ms(order) for _ in range(MEASURED)]
    yardstick = statistics.median(processor_ms(hash_a_hundred_times) for _ in range(50))
    p50, p95 = statistics.median(times), statistics.quantiles(times, n=20)[-1]
    print("| createOrder, processor ms | p50 | p95 | at most | |\n|---|---|---|---|---|")
    print(f"| handler, warm, calls stubbed | {p50:.1f} | {p95:.1f} | {TARGET_MS} | {verdict(p50, TARGET_MS)} |")
    print(f"| (100 hashes of 10 kB) | {yardstick:.1f} | | | |")
    return 0


USER = "f3b1c2d4-1a2b-4c3d-8e4f-5a6b7c8d9e0f"
REQUEST: dict[str, Any] = {
    "products": [
        {
            "productId": str(uuid.UUID(int=n)),
            "name": f"Product {n}",
            "package": {"width": 200, "length": 250, "height": 300, "weight": 900},
            "price": 1990,
            "quantity": n + 1,
        }
        for n in range(3)
    ],
    "address": {
        "name": "Jo Shopper",
        "streetAddress": "1 Example Street",
        "postCode": "1000",
        "city": "Example City",
        "country": "DK",
    },
    "deliveryPrice": 0,
}


def stub_the_network() -> None:
    """Replace urllib3's requests, which both signed REST and AWS's SDK use."""
    import botocore.httpsession
    import urllib3
    from botocore.awsrequest import AWSResponse
    from botocore.compat import HTTPHeaders

    def answer(_pool: Any, _method: str, url: str, **_: Any) -> Any:
        name = next(name for name in ANSWERS if f"//{name}." in url)
        return urllib3.HTTPResponse(io.BytesIO(json.dumps(ANSWERS[name]).encode()), status=200, preload_content=True)

    def aws(_session: Any, request: Any) -> Any:
        return AWSResponse(request.url, 200, HTTPHeaders(), _Raw(b"{}"))

    vars(urllib3)["PoolManager"].request = answer
    vars(botocore.httpsession)["URLLib3Session"].send = aws


class _Raw(io.BytesIO):
    """The response body that botocore reads."""

    def stream(self, **_: Any) -> Any:
        yield self.read()


def processor_ms(act: Callable[[], None]) -> float:
    start = time.process_time()
    act()
    return (time.process_time() - start) * 1000


def hash_a_hundred_times() -> None:
    import hashlib

    for _ in range(100):
        hashlib.sha256(b"x" * 10_000).hexdigest()
