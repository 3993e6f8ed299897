"""An order in an event -> the input of `publishOrderChange`, and the mutation itself. Pure.

Subscribers get what the mutation selects and nothing else, so it selects every field of an order.
"""

from collections.abc import Mapping
from typing import Any

PACKAGE = ("width", "length", "height", "weight")
ADDRESS = ("name", "companyName", "streetAddress", "postCode", "city", "state", "country", "phoneNumber")
REQUIRED_OF_ADDRESS = ("name", "streetAddress", "city", "country", "phoneNumber")
MOVE = ("at", "status", "cause")

MUTATION = f"""mutation PublishOrderChange($order: OrderChangeInput!) {{
  publishOrderChange(order: $order) {{
    orderId userId createdDate modifiedDate status paymentStatus deliveryPrice total
    products {{
      productId createdDate modifiedDate name category tags pictures price quantity package {{ {" ".join(PACKAGE)} }}
    }}
    address {{ {" ".join(ADDRESS)} }}
    history {{ {" ".join(MOVE)} }}
  }}
}}"""


def order_in(detail_type: str, detail: Mapping[str, Any]) -> Mapping[str, Any]:
    """The order as it is after the event."""
    order: Mapping[str, Any] = detail["new"] if detail_type == "OrderModified" else detail
    return order


def change_of(order: Mapping[str, Any]) -> dict[str, Any]:
    """Exactly the fields of `OrderChangeInput`: no payment token, and nothing that AppSync would refuse.

    What an older producer left out is filled in as getOrder does.
    """
    lines = [_line(line) for line in order.get("products") or []]
    delivery_price = order.get("deliveryPrice") or 0
    created = order.get("createdDate") or ""
    total = order.get("total")
    return {
        "orderId": order["orderId"],
        "userId": order.get("userId") or "",
        "createdDate": created,
        "modifiedDate": order.get("modifiedDate") or created,
        "status": order.get("status") or "NEW",
        "paymentStatus": order.get("paymentStatus"),
        "products": lines,
        "address": _address(order.get("address") or {}),
        "deliveryPrice": delivery_price,
        "total": sum(line["price"] * line["quantity"] for line in lines) + delivery_price if total is None else total,
        "history": [{name: move.get(name) or "" for name in MOVE} for move in order.get("history") or []],
    }


def _line(line: Mapping[str, Any]) -> dict[str, Any]:
    package = line.get("package") or {}
    return {
        "productId": line["productId"],
        "name": line.get("name") or line["productId"],
        "package": {name: package.get(name) for name in PACKAGE},
        "price": line.get("price") or 0,
        "quantity": line.get("quantity", 1),
    }


def _address(address: Mapping[str, Any]) -> dict[str, Any]:
    whole = {name: address.get(name) for name in ADDRESS}
    return {**whole, **{name: whole[name] or "" for name in REQUIRED_OF_ADDRESS}}
