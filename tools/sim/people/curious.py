"""What a curious shopper tries: the orders of others, and the APIs that are for services or for another's token."""

from typing import Any

from tools.sim.graphql import GraphQLError, NoAnswer
from tools.sim.people.person import Person

REFUSED = (401, 403)
# Routes for services: where they are, and a body that fits their schema, with `{order}` filled in.
BACK_DOORS: tuple[tuple[str, str, dict[str, Any]], ...] = (
    ("warehouse", "/backend/cancel", {"orderId": "{order}"}),
    ("warehouse", "/backend/release", {"orderId": "{order}", "attempt": "a"}),
    ("warehouse", "/backend/due", {"abandoned": ["{order}"], "owned": []}),
    ("warehouse", "/backend/reserve", {"orderId": "{order}", "products": [{"productId": "p0", "quantity": 1}]}),
    ("cart", "/checkout", {"address": {}, "paymentToken": "{order}"}),
    ("payment", "/backend/validate", {"paymentToken": "{order}", "total": 1}),
)


def pry(person: Person) -> None:
    """Try to read, cancel and follow an order of another shopper, and to call a service without a signature."""
    others = sorted(own for own, each in person.book.accepted.items() if each.user_id != person.user_id)
    if not others:
        return
    order_id = person.choose(others, "whose order")
    person.says(f"pries into the order {order_id[:8]} of another shopper")
    for field in ("getOrder", "cancelOrder", "onOrderChanged"):
        try:
            answer = person.ask(field, orderId=order_id)
        except (NoAnswer, GraphQLError):
            continue
        if answer is not None or field == "onOrderChanged":
            person.book.sees_wrong("U1", order_id, f"{field} of another shopper's order was answered")
    for service, path, body in BACK_DOORS:
        filled = {name: order_id if value == "{order}" else value for name, value in body.items()}
        status, _ = person.post(person.world.parameters[f"{service}/api/url"], path, filled)
        if status not in REFUSED:
            person.book.sees_wrong("U1", order_id, f"{service} answered {status} to an unsigned POST {path}")
