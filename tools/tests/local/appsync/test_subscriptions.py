"""Subscriptions over the wire: who hears of what, on a running cloud."""

from typing import Any

from tools.tests.local.appsync.orders import FOLLOW, Orders, order, sub_of

PUBLISHER = "Mutation/fields/publishOrderChange"


def test_the_owner_hears_of_the_change(orders: Orders) -> None:
    owner, machine = orders.user(), orders.principal(PUBLISHER)
    mine = f"{sub_of(owner)}-1"
    with orders.listener(orders.by_token(owner.id)) as listener:
        listener.follow(FOLLOW, {"id": mine})
        answered: Any = orders.publish(machine, order(mine, status="SHIPPED"))
        assert answered["data"]["publishOrderChange"]["status"] == "SHIPPED"
        seen = {"orderId": mine, "status": "SHIPPED", "total": 5}
        assert listener.data() == {"data": {"onOrderChanged": seen}}


def test_nobody_else_may_subscribe(orders: Orders) -> None:
    owner, other = orders.user(), orders.user()
    with orders.listener(orders.by_token(other.id)) as listener:
        listener.start(FOLLOW, {"id": f"{sub_of(owner)}-1"})
        assert listener.errors() == [{"errorType": "Unauthorized", "message": "Not yours."}]
