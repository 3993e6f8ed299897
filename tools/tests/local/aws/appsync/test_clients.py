"""A client library written for AppSync works unchanged: `gql` with its AppSync transports."""

import asyncio
import os
from collections.abc import Iterator
from typing import Any

import pytest
from gql import Client, GraphQLRequest
from gql.transport.aiohttp import AIOHTTPTransport
from gql.transport.appsync_auth import (
    AppSyncApiKeyAuthentication,
    AppSyncAuthentication,
    AppSyncIAMAuthentication,
    AppSyncJWTAuthentication,
)
from gql.transport.appsync_websockets import AppSyncWebsocketsTransport
from gql.transport.exceptions import TransportQueryError, TransportServerError

from tools.tests.local.aws.appsync.orders import FOLLOW, PUBLISH, PUBLISHER, Orders, order, sub_of

LABELS = "{ labels(count: 2) { number } }"


@pytest.fixture
def region() -> Iterator[str]:
    """The variable in which the library looks for the region when the host does not contain it."""
    before = os.environ.get("AWS_DEFAULT_REGION")
    os.environ["AWS_DEFAULT_REGION"] = "us-east-1"
    yield "us-east-1"
    if before is None:
        del os.environ["AWS_DEFAULT_REGION"]
    else:
        os.environ["AWS_DEFAULT_REGION"] = before


def ask(orders: Orders, auth: AppSyncAuthentication, query: str, variables: Any = None) -> Any:
    async def run() -> Any:
        transport = AIOHTTPTransport(url=orders.url, auth=auth)
        async with Client(transport=transport) as session:
            return await session.execute(GraphQLRequest(query, variable_values=variables))

    return asyncio.run(run())


def listening(orders: Orders, auth: AppSyncAuthentication, query: str, variables: Any, then: Any) -> Any:
    """The first change that a subscription gets, caused by `then` once it is open."""

    async def run() -> Any:
        transport = AppSyncWebsocketsTransport(
            url=f"ws://{orders.host}/v1/apis/{orders.out['ApiId']}/graphql", auth=auth
        )
        async with Client(transport=transport) as session:
            changes = session.subscribe(GraphQLRequest(query, variable_values=variables))
            first = asyncio.ensure_future(anext(changes))
            # The library does not report the acknowledgement, so the change is repeated until it arrives.
            while not first.done():
                await asyncio.to_thread(then)
                await asyncio.wait([first], timeout=0.2)
            await changes.aclose()
            return first.result()

    return asyncio.run(asyncio.wait_for(run(), 20))


def test_queries_with_a_key_a_token_and_a_signature(orders: Orders, region: str) -> None:
    host = orders.host
    by_key = AppSyncApiKeyAuthentication(host=host, api_key=orders.key)
    assert ask(orders, by_key, LABELS) == {"labels": [{"number": 0}, {"number": 1}]}
    by_token = AppSyncJWTAuthentication(host=host, jwt=orders.user().access)
    assert ask(orders, by_token, '{ getOrder(orderId: "x") { status } }') == {"getOrder": None}
    with pytest.raises(TransportQueryError, match="Not Authorized to access labels"):
        ask(orders, by_token, LABELS)
    machine = orders.principal(PUBLISHER)
    by_signature = AppSyncIAMAuthentication(host=host, region_name=region, credentials=machine)
    changed = ask(orders, by_signature, PUBLISH, {"order": order("gql")})
    assert changed["publishOrderChange"]["orderId"] == "gql"


def test_a_subscription_with_a_token(orders: Orders) -> None:
    owner, machine = orders.user(), orders.principal(PUBLISHER)
    mine = f"{sub_of(owner)}-gql"
    auth = AppSyncJWTAuthentication(host=orders.host, jwt=owner.id)
    received = listening(orders, auth, FOLLOW, {"id": mine}, lambda: orders.publish(machine, order(mine)))
    assert received == {"onOrderChanged": {"orderId": mine, "status": "NEW", "total": 5}}


def test_a_subscription_with_a_key(orders: Orders) -> None:
    auth = AppSyncApiKeyAuthentication(host=orders.host, api_key=orders.key)
    rename = 'mutation { rename(name: "left") { name } }'
    received = listening(
        orders, auth, "subscription { onRenamed { name } }", None, lambda: orders.ask(rename, key=orders.key)
    )
    assert received == {"onRenamed": {"name": "left"}}


def test_a_subscription_with_a_signature(orders: Orders, region: str) -> None:
    machine = orders.principal(PUBLISHER, "Subscription/fields/onAnyOrder")
    auth = AppSyncIAMAuthentication(host=orders.host, region_name=region, credentials=machine)
    query = 'subscription { onAnyOrder(status: "SHIPPED") { orderId margin } }'
    shipped = order("signed", status="SHIPPED", margin=2)
    received = listening(orders, auth, query, None, lambda: orders.publish(machine, shipped))
    assert received == {"onAnyOrder": {"orderId": "signed", "margin": 2}}


def test_the_library_reports_refusals(orders: Orders) -> None:
    other = orders.user()
    auth = AppSyncJWTAuthentication(host=orders.host, jwt=other.id)
    with pytest.raises(TransportQueryError, match="Not yours"):
        listening(orders, auth, FOLLOW, {"id": "somebody's"}, lambda: None)
    forged = AppSyncJWTAuthentication(host=orders.host, jwt=other.id[:-4] + "AAAA")
    with pytest.raises(TransportServerError, match="You are not authorized to make this call"):
        listening(orders, forged, FOLLOW, {"id": "x"}, lambda: None)
