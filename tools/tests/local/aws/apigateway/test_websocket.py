"""WebSocket APIs: connections, the routes of a stage, permissions to send, and answers."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest
from botocore.auth import SigV4Auth, SigV4QueryAuth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials
from websockets.exceptions import ConnectionClosed, InvalidStatus
from websockets.sync.client import ClientConnection, connect

from tools.local.client import Cloud
from tools.tests.local.stacks import Stack, deployed, eventually, invoke, put_code, template

FUNCTION = """
    import json, os, uuid
    import boto3

    def handler(event, context):
        item = {"at": {"S": uuid.uuid4().hex}, "event": {"S": json.dumps(event)}}
        boto3.client("dynamodb").put_item(TableName=os.environ["TABLE_NAME"], Item=item)
        body = event.get("body") or ""
        if "raise" in body:
            raise ValueError("secret text")
        return {"statusCode": 200, "body": "heard " + body}

    def send(event, context):
        client = boto3.client("apigatewaymanagementapi", endpoint_url=os.environ["CONNECTIONS_URL"])
        client.post_to_connection(ConnectionId=event["connection"], Data=event["data"].encode())
"""


@dataclass
class Socket:
    """The API of a stack."""

    stack: Stack
    outputs: dict[str, str]

    def url(self, stage: str = "prod") -> str:
        return self.outputs["Url"].removesuffix("prod") + stage

    def headers(
        self, url: str, secret: str = "", service: str = "execute-api", region: str = "us-east-1"
    ) -> dict[str, str]:
        environment = self.stack.cloud.environment
        key = environment["AWS_ACCESS_KEY_ID"]
        credentials = Credentials(key, secret or environment["AWS_SECRET_ACCESS_KEY"])
        request = AWSRequest("GET", url.replace("ws:", "http:"))
        SigV4Auth(credentials, service, region).add_auth(request)
        return dict(request.headers.items())

    def connect(self, stage: str = "prod") -> ClientConnection:
        return connect(self.url(stage), additional_headers=self.headers(self.url(stage)))

    def events(self) -> list[dict[str, Any]]:
        items = self.stack.cloud.client("dynamodb").scan(TableName=self.outputs["Calls"])["Items"]
        return [json.loads(item["event"]["S"]) for item in items]

    def connection_of(self, word: str) -> str:
        """The id of the connection that sent `word`."""

        def look() -> str | None:
            sent = [event for event in self.events() if word in (event.get("body") or "")]
            return str(sent[0]["requestContext"]["connectionId"]) if sent else None

        return eventually(look, f"{word} arrives")


def socket_of(stack: Stack) -> Socket:
    return Socket(stack, stack.outputs())


@pytest.fixture(scope="module")
def socket(cloud: Cloud) -> Iterator[Socket]:
    put_code(cloud, "websocket.zip", FUNCTION)
    with deployed(cloud, "socket", template("websocket"), LocalEndpoint=cloud.endpoint) as stack:
        yield socket_of(stack)


def refusal(url: str, headers: dict[str, str]) -> tuple[int, str]:
    with pytest.raises(InvalidStatus) as refused, connect(url, additional_headers=headers):
        pass
    body = refused.value.response.body or b"{}"
    return refused.value.response.status_code, str(json.loads(body).get("message"))


def test_a_signed_handshake_connects_by_path(socket: Socket) -> None:
    with socket.connect() as client:
        client.send(json.dumps({"action": "register", "word": "by-header"}))
        socket.connection_of("by-header")


def test_a_presigned_url_connects(socket: Socket) -> None:
    environment = socket.stack.cloud.environment
    request = AWSRequest("GET", socket.url().replace("ws:", "http:"))
    credentials = Credentials(environment["AWS_ACCESS_KEY_ID"], environment["AWS_SECRET_ACCESS_KEY"])
    SigV4QueryAuth(credentials, "execute-api", "us-east-1").add_auth(request)
    with connect(str(request.url).replace("http:", "ws:")) as client:
        client.send(json.dumps({"action": "register", "word": "presigned"}))
        socket.connection_of("presigned")


def test_an_unsigned_handshake_is_refused(socket: Socket) -> None:
    assert refusal(socket.url(), {}) == (403, "Missing Authentication Token")


def test_a_badly_signed_handshake_is_refused(socket: Socket) -> None:
    status, message = refusal(socket.url(), socket.headers(socket.url(), secret="wrong"))
    assert status == 403
    assert "signature" in message


@pytest.mark.parametrize("scope", [{"service": "s3"}, {"region": "eu-west-1"}])
def test_a_handshake_signed_for_another_service_or_region_is_refused(socket: Socket, scope: dict[str, str]) -> None:
    status, message = refusal(socket.url(), socket.headers(socket.url(), **scope))
    assert (status, message.startswith("Credential should be scoped")) == (403, True)


@pytest.mark.parametrize("message", ['{"action": "$connect"}', '{"action": "$disconnect"}', "[" * 20_000])
def test_a_message_without_a_route_is_answered(socket: Socket, message: str) -> None:
    with socket.connect() as client:
        client.send(message)
        assert json.loads(client.recv(timeout=10))["message"] == "Forbidden"
    assert message not in [event.get("body") for event in socket.events()]


def test_a_message_over_128_kilobytes_ends_the_connection(socket: Socket) -> None:
    """The size counts in bytes. No route gets the message, and the end is reported as usual."""
    with socket.connect() as client:
        start = '{"action": "register", "word": "'
        client.send(start + "x" * (131_072 - len(start) - 2) + '"}')
        client.send('{"action": "$connect"}')
        assert json.loads(client.recv(timeout=10))["message"] == "Forbidden", "the largest message is accepted"
        client.send(start + "\u00e9" * 65_536 + '"}')
        with pytest.raises(ConnectionClosed) as closed:
            client.recv(timeout=10)
    assert closed.value.rcvd is not None
    assert closed.value.rcvd.code == 1009
    assert not [event for event in socket.events() if "\u00e9" in (event.get("body") or "")]


def test_a_caller_without_permission_is_refused(socket: Socket) -> None:
    cloud = socket.stack.cloud
    iam = cloud.client("iam")
    iam.create_user(UserName="socket-stranger")
    key = iam.create_access_key(UserName="socket-stranger")["AccessKey"]
    request = AWSRequest("GET", socket.url().replace("ws:", "http:"))
    SigV4Auth(Credentials(key["AccessKeyId"], key["SecretAccessKey"]), "execute-api", "us-east-1").add_auth(request)
    status, message = refusal(socket.url(), dict(request.headers.items()))
    assert (status, "execute-api:Invoke" in message) == (403, True)


def test_only_stages_with_a_deployment_serve(socket: Socket) -> None:
    for stage in ("empty", "none"):
        url = socket.url(stage)
        assert refusal(url, socket.headers(url)) == (403, "Forbidden"), stage
    with socket.connect("auto") as client:
        client.send(json.dumps({"action": "register", "word": "auto"}))
        socket.connection_of("auto")


def test_a_sender_needs_manage_connections(socket: Socket) -> None:
    cloud = socket.stack.cloud
    with socket.connect() as client:
        client.send(json.dumps({"action": "register", "word": "listening"}))
        event = {"connection": socket.connection_of("listening"), "data": "news"}
        assert invoke(cloud, socket.outputs["Sender"], event) is None
        assert client.recv(timeout=10) == "news"
        failed = invoke(cloud, socket.outputs["SenderWithoutRight"], event)
        assert "execute-api:ManageConnections" in failed["errorMessage"]
    late = {"connection": event["connection"], "data": "late"}
    gone = eventually(lambda: invoke(cloud, socket.outputs["Sender"], late), "the connection is closed")
    assert "Gone" in gone["errorMessage"]


def test_disconnect_fires(socket: Socket) -> None:
    with socket.connect() as client:
        client.send(json.dumps({"action": "register", "word": "leaving"}))
        connection = socket.connection_of("leaving")

    def left() -> bool:
        return any(
            event["requestContext"]["routeKey"] == "$disconnect"
            and event["requestContext"]["connectionId"] == connection
            for event in socket.events()
        )

    eventually(left, "$disconnect is invoked")


def test_the_answers_that_a_client_gets(socket: Socket) -> None:
    """Only a route with a response selection answers. A missing route and a failure are answered without details."""
    with socket.connect() as client:
        client.send(json.dumps({"action": "register"}))
        client.send(json.dumps({"action": "talk", "word": "hi"}))
        assert str(client.recv(timeout=10)).startswith("heard"), "register answered nothing"
        client.send(json.dumps({"action": "unknown"}))
        assert json.loads(client.recv(timeout=10))["message"] == "Forbidden"
        client.send(json.dumps({"action": "register", "word": "raise"}))
        assert json.loads(client.recv(timeout=10))["message"] == "Internal server error"


def test_a_route_is_served_after_its_deployment(cloud: Cloud) -> None:
    put_code(cloud, "websocket.zip", FUNCTION)
    body = template("websocket")
    with deployed(cloud, "redeployed", body, LocalEndpoint=cloud.endpoint) as stack:
        before = stack.outputs()["Deployment"]
        assert stack.deploy(body, LocalEndpoint=cloud.endpoint, WithSecondRoute="yes") == "UPDATE_COMPLETE"
        socket = socket_of(stack)
        later = json.dumps({"action": "later", "word": "later"})
        with socket.connect() as client:
            client.send(later)
            assert json.loads(client.recv(timeout=10))["message"] == "Forbidden"
        gateway = cloud.client("apigatewayv2")
        gateway.create_deployment(ApiId=socket.outputs["Api"], StageName="prod")
        assert gateway.get_stage(ApiId=socket.outputs["Api"], StageName="prod")["DeploymentId"] != before
        with socket.connect() as client:
            client.send(later)
            socket.connection_of("later")
    assert not [
        api for api in cloud.client("apigatewayv2").get_apis()["Items"] if api["ApiId"] == socket.outputs["Api"]
    ]


def test_an_api_without_routes_cannot_be_deployed(cloud: Cloud) -> None:
    gateway = cloud.client("apigatewayv2")
    api = gateway.create_api(Name="bare", ProtocolType="WEBSOCKET", RouteSelectionExpression="$request.body.action")
    with pytest.raises(gateway.exceptions.BadRequestException, match="At least one route"):
        gateway.create_deployment(ApiId=api["ApiId"])
    gateway.delete_api(ApiId=api["ApiId"])


def test_a_deleted_connection_is_closed(socket: Socket) -> None:
    with socket.connect() as client:
        client.send(json.dumps({"action": "register", "word": "closing"}))
        connection = socket.connection_of("closing")
        url = f"{socket.stack.cloud.endpoint}/_aws/execute-api/{socket.outputs['Api']}/prod"
        manager = socket.stack.cloud.session().client("apigatewaymanagementapi", endpoint_url=url)
        manager.delete_connection(ConnectionId=connection)
        with pytest.raises(ConnectionClosed):
            client.recv(timeout=10)
