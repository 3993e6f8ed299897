"""A cloud that stops disconnects its subscribers at once, and accepts them again after its next start."""

import time
from pathlib import Path

import pytest
from websockets.exceptions import ConnectionClosed

from tools.local import lifecycle
from tools.local.client import start_temporary
from tools.tests.local.aws.appsync import orders as orders_api
from tools.tests.local.aws.appsync.orders import Orders
from tools.tests.local.stacks import Stack

RENAMED = "subscription { onRenamed { name } }"


def test_subscribers_reconnect_after_a_restart(tmp_path: Path) -> None:
    with start_temporary(tmp_path) as cloud:
        stack = Stack(cloud, "orders")
        assert stack.deploy(orders_api.TEMPLATE, **orders_api.PARAMETERS) == "CREATE_COMPLETE"
        orders = Orders(cloud, stack)
        with orders.listener(orders.by_key()) as listener:
            listener.follow(RENAMED)
            begin = time.monotonic()
            lifecycle.stop(cloud.home)
            assert time.monotonic() - begin < 5
            with pytest.raises(ConnectionClosed) as closed:
                listener.next_message()
            assert closed.value.rcvd is not None
            assert closed.value.rcvd.code == 1001
        lifecycle.start(cloud.home)
        with orders.listener(orders.by_key()) as listener:
            listener.follow(RENAMED)
            assert orders.ask('mutation { rename(name: "back") { name } }', key=orders.key).status == 200
            assert listener.data() == {"data": {"onRenamed": {"name": "back"}}}
