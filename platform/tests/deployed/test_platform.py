"""The deployed bus, registry and listener."""

import json
import uuid
from collections.abc import Iterator
from urllib.parse import urlsplit, urlunsplit

import boto3
import pytest
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials
from websockets.exceptions import InvalidStatus
from websockets.sync.client import ClientConnection, connect

from ecom_client.platform import Platform

pytestmark = pytest.mark.deployed


def open_listener(platform: Platform, credentials: Credentials | None) -> ClientConnection:
    """A WebSocket to the listener, signed unless there are no credentials."""
    url = urlsplit(platform.parameter("platform/listener-api/url"))
    socket = urlunsplit(url._replace(scheme={"http": "ws", "https": "wss"}.get(url.scheme, url.scheme)))
    headers: dict[str, str] = {}
    if credentials:
        signed = urlunsplit(url._replace(scheme={"ws": "http", "wss": "https"}.get(url.scheme, url.scheme)))
        request = AWSRequest(method="GET", url=signed)
        SigV4Auth(credentials, "execute-api", platform.region).add_auth(request)
        headers = dict(request.headers)
    return connect(socket, additional_headers=headers, open_timeout=15)


@pytest.fixture
def listener(platform_outside: Platform) -> Iterator[ClientConnection]:
    with open_listener(platform_outside, own_credentials(platform_outside)) as connection:
        yield connection


def own_credentials(platform: Platform) -> Credentials:
    credentials = boto3.Session(region_name=platform.region).get_credentials()
    assert credentials is not None
    return credentials


def publish(platform: Platform, source: str, name: str) -> None:
    platform.put_events([{"source": source, "detail-type": "Happened", "resources": [name], "detail": {"name": name}}])


def test_an_event_right_after_register_arrives(platform_outside: Platform) -> None:
    """A client that sends `register` and publishes at once, on new connections."""
    for _ in range(10):
        source = f"ecommerce.test-{uuid.uuid4().hex[:8]}"
        with open_listener(platform_outside, own_credentials(platform_outside)) as listener:
            listener.send(json.dumps({"action": "register", "serviceName": source}))
            publish(platform_outside, source, "first")
            assert json.loads(listener.recv(timeout=20))["resources"] == ["first"]


def test_a_listener_receives_the_events_of_its_source_only(
    platform_outside: Platform, listener: ClientConnection
) -> None:
    # A source of its own: no other test publishes its events.
    source = f"ecommerce.test-{uuid.uuid4().hex[:8]}"
    listener.send(json.dumps({"action": "register", "serviceName": source}))

    publish(platform_outside, "ecommerce.another-service", "wrong")
    publish(platform_outside, source, "right")
    event = json.loads(listener.recv(timeout=20))
    assert (event["source"], event["detail-type"], event["resources"]) == (source, "Happened", ["right"])
    assert event["detail"] == {"name": "right"}


@pytest.mark.parametrize("credentials", [None, Credentials("test", "test"), Credentials("123456789012", "any")])
def test_an_unsigned_connection_is_refused(platform_outside: Platform, credentials: Credentials | None) -> None:
    with pytest.raises(InvalidStatus) as refused:
        open_listener(platform_outside, credentials)
    assert refused.value.response.status_code in (401, 403)


def test_a_schema_of_the_registry_is_of_one_event(platform_outside: Platform) -> None:
    registry = platform_outside.parameter("platform/registry/name")
    schemas = platform_outside.client("schemas")
    names = {item["SchemaName"] for item in schemas.list_schemas(RegistryName=registry)["Schemas"]}
    for name in names:
        document = json.loads(schemas.describe_schema(RegistryName=registry, SchemaName=name)["Content"])
        assert document["properties"]["detail-type"]["enum"] == [name.split("@")[1]]


def test_the_bus_has_an_archive(platform_outside: Platform) -> None:
    arn = platform_outside.parameter("platform/event-bus/arn")
    assert arn.endswith(f"event-bus/{platform_outside.parameter('platform/event-bus/name')}")
    archives = platform_outside.client("events").list_archives(EventSourceArn=arn)["Archives"]
    assert [archive["State"] for archive in archives] == ["ENABLED"]
