"""The orders API of `orders.yaml` on a temporary cloud, and its subscribers."""

import base64
import json
import socket as network
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials
from websockets.sync.client import ClientConnection, connect
from websockets.typing import Subprotocol

from tools.tests.local.aws.appsync.shop import BATCH, CODE, LOCAL, Shop, Tokens

HERE = Path(__file__).parent
TEMPLATE = (HERE / "orders.yaml").read_text()
PARAMETERS = {
    "Schema": (HERE / "orders.graphql").read_text(),
    "Invoke": CODE,
    "Local": LOCAL,
    "Batch": BATCH,
}
WHOLE = "{ orderId userId status total note margin products { productId price } }"
PUBLISH = f"mutation P($order: OrderChangeInput!) {{ publishOrderChange(order: $order) {WHOLE} }}"
FOLLOW = "subscription F($id: ID!) { onOrderChanged(orderId: $id) { orderId status total } }"
PUBLISHER = "Mutation/fields/publishOrderChange"
LIMIT = 10.0


def order(order_id: str, user_id: str = "another-user", **more: Any) -> dict[str, Any]:
    product = {"productId": "p", "price": 5}
    return {"orderId": order_id, "userId": user_id, "status": "NEW", "total": 5, "products": [product], **more}


def sub_of(tokens: Tokens) -> str:
    part = tokens.id.split(".")[1]
    return str(json.loads(base64.urlsafe_b64decode(part + "=" * (-len(part) % 4)))["sub"])


class Orders(Shop):
    """The API, with its real-time side."""

    @property
    def host(self) -> str:
        return self.cloud.endpoint.removeprefix("http://")

    @property
    def realtime(self) -> str:
        return f"ws://{self.host}/v1/apis/{self.out['ApiId']}/graphql/realtime"

    def publish(self, machine: Credentials, order: Mapping[str, Any], query: str = PUBLISH) -> Any:
        return self.ask(query, {"order": order}, signed=machine).json

    def by_token(self, token: str) -> dict[str, str]:
        return {"host": self.host, "Authorization": token}

    def by_key(self, key: str = "") -> dict[str, str]:
        return {"host": self.host, "x-api-key": key or self.key}

    def by_signature(self, machine: Credentials, path: str, body: str = "{}") -> dict[str, str]:
        """The data that clients of AppSync sign: the GraphQL URL with `/connect`, or the data of a start message."""
        request = AWSRequest("POST", self.url + path, data=body, headers={"content-type": "application/json"})
        SigV4Auth(machine, "appsync", "us-east-1").add_auth(request)
        return {**dict(request.headers), "host": self.host}

    @contextmanager
    def listener(self, header: Mapping[str, str], *, url: str = "", in_protocol: bool = False) -> Iterator["Listener"]:
        """An accepted connection."""
        with self.socket(header, url=url, in_protocol=in_protocol) as socket:
            listener = Listener(socket, header)
            listener.send({"type": "connection_init"})
            assert listener.next_message() == {"type": "connection_ack", "payload": {"connectionTimeoutMs": 300_000}}
            yield listener

    @contextmanager
    def deaf(self, header: Mapping[str, str]) -> Iterator["Listener"]:
        """A client that reads almost nothing: its messages fill small buffers and stay there."""
        raw = network.socket()
        raw.setsockopt(network.SOL_SOCKET, network.SO_RCVBUF, 4_096)
        name, _, port = self.host.partition(":")
        raw.connect((name, int(port)))
        encoded = base64.b64encode(json.dumps(header).encode()).decode()
        url = f"{self.realtime}?header={encoded}&payload=e30="
        protocols = [Subprotocol("graphql-ws")]
        with connect(url, sock=raw, subprotocols=protocols, max_queue=1, close_timeout=0.1, compression=None) as client:
            yield Listener(client, header)

    def socket(self, header: Mapping[str, str], *, url: str = "", in_protocol: bool = False) -> ClientConnection:
        encoded = base64.urlsafe_b64encode(json.dumps(header).encode()).decode()
        protocols = [Subprotocol("graphql-ws")]
        url = url or self.realtime
        if in_protocol:
            protocols.append(Subprotocol(f"header-{encoded.rstrip('=')}"))
        else:
            url += f"?header={encoded}&payload=e30="
        return connect(url, subprotocols=protocols, open_timeout=LIMIT)


class Listener:
    """A plain client of the real-time protocol, without a client library."""

    def __init__(self, socket: ClientConnection, header: Mapping[str, str]) -> None:
        self.socket, self.header = socket, header

    def send(self, message: Mapping[str, Any]) -> None:
        self.socket.send(json.dumps(message))

    def next_message(self, limit: float = LIMIT) -> dict[str, Any]:
        message: dict[str, Any] = json.loads(self.socket.recv(timeout=limit))
        return message

    def start(
        self, query: str, variables: Mapping[str, Any] | None = None, *, name: str = "1", header: Any = None
    ) -> None:
        data = json.dumps({"query": query, "variables": variables or {}})
        payload = {"data": data, "extensions": {"authorization": self.header if header is None else header}}
        self.send({"id": name, "type": "start", "payload": payload})

    def follow(self, query: str, variables: Mapping[str, Any] | None = None, name: str = "1") -> None:
        """Subscribe, and wait for the acknowledgement."""
        self.start(query, variables, name=name)
        assert self.next_message() == {"type": "start_ack", "id": name}

    def data(self) -> Any:
        """The next change."""
        message = self.next_message()
        assert message["type"] == "data", message
        return message["payload"]

    def errors(self) -> list[dict[str, Any]]:
        """The next message, which must be a refusal."""
        message = self.next_message()
        assert message["type"] == "error", message
        found: list[dict[str, Any]] = message["payload"]["errors"]
        return found
