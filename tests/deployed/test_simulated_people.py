"""The simulator's people on the running platform: `make simulate LIVE=1`."""

import pytest

from ecom_client.made import new_id
from ecom_client.platform import Platform
from tools.sim.live.run import run_live
from tools.sim.plan import Plan

pytestmark = [pytest.mark.deployed, pytest.mark.not_in_pipelines("it sets stock and makes users with many groups")]


def test_people_order_pack_and_deliver_while_requests_are_lost_and_events_repeated(platform_outside: Platform) -> None:
    result = run_live(platform_outside, Plan(seed=1713, orders=8), f"{new_id()}-p", print, speed=400)
    assert result.violations == []
    assert result.orders >= 5
    assert result.fired["event-twice"] + result.fired["lost-request"] > 0
