"""What a curious shopper tries: the orders of others."""

from tools.sim.appsync import GraphQLError, NoAnswer
from tools.sim.people.person import Person


def try_foreign_order(person: Person) -> None:
    """Try to read, cancel and follow an order of another shopper."""
    others = sorted(order_id for order_id, each in person.book.accepted.items() if each.user_id != person.user_id)
    if not others:
        return
    order_id = person.choose(others, "whose order")
    person.says(f"tries to read, cancel and follow the order {order_id[:8]} of another shopper")
    for field in ("getOrder", "cancelOrder", "onOrderChanged"):
        try:
            answer = person.ask(field, orderId=order_id)
        except (NoAnswer, GraphQLError):
            continue
        if answer is not None or field == "onOrderChanged":
            person.book.report_broken("U1", order_id, f"{field} of another shopper's order was answered")
