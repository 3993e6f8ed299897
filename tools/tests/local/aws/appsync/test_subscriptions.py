"""Subscriptions over the wire: which subscribers get which change, on a running cloud."""

import json
import socket as network
import statistics
import struct
import time
from contextlib import ExitStack
from pathlib import Path

import pytest
from botocore.credentials import Credentials
from websockets.exceptions import ConnectionClosed

from tools.tests.local.aws.appsync.fakes import token
from tools.tests.local.aws.appsync.orders import FOLLOW, PUBLISH, PUBLISHER, Orders, order, sub_of
from tools.tests.local.aws.appsync.test_attacks import claims_of, key_id_of
from tools.tests.local.functions import invoke, make_function
from tools.tests.local.stacks import eventually

SUBSCRIBERS = 100
# The promise is 300 ms, but machines that run tests are busy.
PROMPT_SECONDS = 3.0
ANY = "subscription A($status: String) { onAnyOrder(status: $status) { orderId margin } }"
RENAMED = "subscription R($name: String) { onRenamed(name: $name) { name } }"
RENAME = "mutation N($name: String!) { rename(name: $name) { name } }"


def test_the_owner_gets_the_change(orders: Orders) -> None:
    owner, machine = orders.user(), orders.principal(PUBLISHER)
    mine = f"{sub_of(owner)}-1"
    for header in (owner.id, f"Bearer {owner.id}", owner.access, f"Bearer {owner.access}"):
        with orders.listener(orders.by_token(header)) as listener:
            listener.follow(FOLLOW, {"id": mine})
            orders.publish(machine, order(f"{mine}2"))
            answered = orders.publish(machine, order(mine, status="SHIPPED"))
            assert answered["data"]["publishOrderChange"]["status"] == "SHIPPED"
            seen = {"orderId": mine, "status": "SHIPPED", "total": 5}
            assert listener.data() == {"data": {"onOrderChanged": seen}}


def test_only_allowed_callers_may_subscribe(orders: Orders) -> None:
    owner, other = orders.user(), orders.user()
    with orders.listener(orders.by_token(other.id)) as listener:
        listener.start(FOLLOW, {"id": f"{sub_of(owner)}-1"})
        assert listener.errors() == [{"errorType": "Unauthorized", "message": "Not yours."}]
        listener.start(ANY, name="2")
        text = "Not Authorized to access onAnyOrder on type Subscription"
        assert listener.errors() == [{"errorType": "Unauthorized", "message": text}]
        orders.publish(orders.principal(PUBLISHER), order(f"{sub_of(owner)}-1"))
        with pytest.raises(TimeoutError):
            listener.next_message(0.5)


def test_only_iam_callers_with_the_right_publish(orders: Orders) -> None:
    denied = ("Unauthorized", "Not Authorized to access publishOrderChange on type Mutation")
    admin, stranger = orders.user("admin"), orders.principal("Mutation/fields/rename")
    with orders.listener(orders.by_token(admin.id)) as listener:
        listener.follow(ANY)
        for credentials in ({"token": admin.id}, {"key": orders.key}, {"signed": stranger}):
            answer = orders.ask(PUBLISH, {"order": order("a")}, **credentials)
            assert answer.json["data"] is None
            assert [(error["errorType"], error["message"]) for error in answer.json["errors"]] == [denied]
        with pytest.raises(TimeoutError):
            listener.next_message(0.5)


PUBLISH_BY_ROLE = """
    import json
    import urllib.request

    from botocore.auth import SigV4Auth
    from botocore.awsrequest import AWSRequest
    from botocore.session import Session

    def handler(event, context):
        request = AWSRequest("POST", event["url"], data=event["body"], headers={"content-type": "application/json"})
        SigV4Auth(Session().get_credentials(), "appsync", "us-east-1").add_auth(request)
        sent = urllib.request.Request(event["url"], event["body"].encode(), dict(request.headers))
        with urllib.request.urlopen(sent) as answer:
            return json.load(answer)
"""


def test_a_functions_role_publishes(orders: Orders) -> None:
    """The permission for the one field decides, as for the function that publishes changes."""
    fields = f"{orders.out['ApiArn']}/types/Mutation/fields"
    event = {"url": orders.url, "body": json.dumps({"query": PUBLISH, "variables": {"order": order("r")}})}
    for field, allowed in (("publishOrderChange", True), ("rename", False)):
        grant = {"Effect": "Allow", "Action": "appsync:GraphQL", "Resource": f"{fields}/{field}"}
        failed, body = invoke(orders.cloud, make_function(orders.cloud, PUBLISH_BY_ROLE, grant), event)
        assert failed is None, body
        if allowed:
            assert body["data"]["publishOrderChange"]["orderId"] == "r"
        else:
            assert [error["errorType"] for error in body["errors"]] == ["Unauthorized"]


def test_signed_subscriptions(orders: Orders) -> None:
    """Clients of custom domains sign their own path. The other form is what `gql` signs, see test_clients."""
    machine = orders.principal(PUBLISHER, "Subscription/fields/onAnyOrder")
    data = json.dumps({"query": ANY, "variables": {}})
    with orders.listener(orders.by_signature(machine, "/connect")) as listener:
        listener.start(ANY, header=orders.by_signature(machine, "", data))
        assert listener.next_message() == {"type": "start_ack", "id": "1"}
        orders.publish(machine, order("s", margin=3))
        assert listener.data() == {"data": {"onAnyOrder": {"orderId": "s", "margin": 3}}}
        # A signature for connecting, for another query, or by another user.
        stranger = orders.principal()
        for header, kind in (
            (orders.by_signature(machine, "/connect"), "BadRequestException"),
            (orders.by_signature(machine, "", data + " "), "BadRequestException"),
            (orders.by_signature(Credentials(machine.access_key, "wrong"), "", data), "BadRequestException"),
            (orders.by_signature(stranger, "", data), "Unauthorized"),
        ):
            listener.start(ANY, header=header, name="2")
            assert [error["errorType"] for error in listener.errors()] == [kind]


@pytest.mark.parametrize("in_protocol", [True, False])
def test_both_places_for_credentials(orders: Orders, in_protocol: bool) -> None:
    with orders.listener(orders.by_key(), in_protocol=in_protocol) as listener:
        listener.follow(RENAMED, {"name": "one"})
        orders.ask(RENAME, {"name": "two"}, key=orders.key)
        orders.ask(RENAME, {"name": "one"}, key=orders.key)
        assert listener.data() == {"data": {"onRenamed": {"name": "one"}}}


def test_forged_and_foreign_tokens_do_not_connect(orders: Orders) -> None:
    true = orders.user("admin").id
    forged = token(claims_of(true), "mallory", {"kid": key_id_of(true)})
    for header in (orders.by_token(forged), orders.by_token(""), orders.by_key("da2-nothing"), {}):
        with orders.socket(header) as socket:
            message = json.loads(socket.recv(timeout=10))
            assert message["type"] == "connection_error"
            assert message["payload"]["errors"][0]["errorCode"] == 401
            with pytest.raises(ConnectionClosed):
                socket.recv(timeout=10)
    with orders.listener(orders.by_token(true)) as listener:
        listener.start(ANY, header=orders.by_token(forged))
        assert listener.errors()[0]["errorType"] == "UnauthorizedException"


def test_a_dropped_connection_can_be_opened_again(orders: Orders) -> None:
    """As the protocol says: connect and start again. Missed changes are not sent later."""
    header = orders.by_key()
    with orders.listener(header) as listener:
        listener.follow(RENAMED, {"name": "a"})
        # A reset, as when a network fails: no closing handshake.
        raw = listener.socket.socket
        raw.setsockopt(network.SOL_SOCKET, network.SO_LINGER, struct.pack("ii", 1, 0))
        raw.close()
    orders.ask(RENAME, {"name": "a"}, key=orders.key)
    with orders.listener(header) as listener:
        listener.follow(RENAMED, {"name": "a"})
        with pytest.raises(TimeoutError):
            listener.next_message(0.3)
        orders.ask(RENAME, {"name": "a"}, key=orders.key)
        assert listener.data() == {"data": {"onRenamed": {"name": "a"}}}


def test_a_hundred_subscribers_get_a_change_at_once(orders: Orders) -> None:
    with ExitStack() as open_ones:
        listeners = [open_ones.enter_context(orders.listener(orders.by_key())) for _ in range(SUBSCRIBERS)]
        for number, listener in enumerate(listeners):
            listener.follow(RENAMED, {"name": "many"} if number % 2 else None)
        begin = time.monotonic()
        orders.ask(RENAME, {"name": "many"}, key=orders.key)
        times = []
        for listener in listeners:
            assert listener.data() == {"data": {"onRenamed": {"name": "many"}}}
            times.append(time.monotonic() - begin)
        print(f"last of {SUBSCRIBERS}: {max(times) * 1000:.0f} ms, median {statistics.median(times) * 1000:.0f} ms")
        assert max(times) < PROMPT_SECONDS


def test_a_client_that_never_reads_delays_no_other(orders: Orders) -> None:
    header, name = orders.by_key(), "n" * 200_000
    with orders.deaf(header) as deaf, orders.listener(header) as listener:
        listener.follow(RENAMED)
        deaf.start(RENAMED)
        begin = time.monotonic()
        for _ in range(60):
            orders.ask(RENAME, {"name": name}, key=orders.key)
            assert len(listener.data()["data"]["onRenamed"]["name"]) == len(name)
        assert time.monotonic() - begin < 60
        # The queue of the client that does not read is bounded: its connection is ended and the log reports it.
        log = Path(orders.cloud.home.log)
        eventually(lambda: "its client does not read" in log.read_text(), "the client that never reads is disconnected")


def test_floods_are_refused_and_others_are_served(orders: Orders) -> None:
    header = orders.by_key()
    with orders.listener(header) as flooding, orders.listener(header) as listener:
        listener.follow(RENAMED, {"name": "calm"})
        for number in range(1_000):
            flooding.start(RENAMED, {"name": "flood"}, name=str(number))
        orders.ask(RENAME, {"name": "calm"}, key=orders.key)
        assert listener.data() == {"data": {"onRenamed": {"name": "calm"}}}
        received = [flooding.next_message()["type"] for _ in range(1_000)]
        assert received.count("start_ack") == 100
        flooding.socket.send("x" * 300_000)
        with pytest.raises(ConnectionClosed) as closed:
            flooding.next_message()
        assert closed.value.rcvd is not None
        assert closed.value.rcvd.code == 1009
