"""The overhead of the local cloud's AppSync, and the time until subscribers get a mutation.

Measures a GraphQL query that a trivial function resolves, and the invocation of the function by Lambda's Invoke, in
turn, over persistent connections, and prints medians of several rounds. Clients are threads of one process. Signing by
the client and cold starts are not included.
"""

import base64
import json
import statistics
import sys
import tempfile
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from pathlib import Path
from typing import Any
from urllib.parse import quote

import urllib3
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials
from websockets.sync.client import ClientConnection, connect
from websockets.typing import Subprotocol

from tools.bench._graphql_api import QUERY, RENAME, RENAMED, Made, make
from tools.local.client import Cloud, start_temporary

CLIENTS = (1, 16)
ROUNDS = 3
SECONDS = 3.0
SUBSCRIBERS = (1, 100)
CHANGES = 20
JSON = {"content-type": "application/json"}
Call = Callable[[], None]


def main() -> int:
    with tempfile.TemporaryDirectory() as folder, start_temporary(Path(folder)) as cloud:
        made = make(cloud)
        http = urllib3.PoolManager(maxsize=max(CLIENTS), retries=False)
        calls = {"bare invocation": bare(cloud, made, http), "GraphQL": graphql(made, http)}
        for call in calls.values():
            warm(call)
        print("| one trivial function | clients | requests/s | p50 ms |")
        print("|---|---|---|---|")
        rates: dict[tuple[str, int], float] = {}
        for clients in CLIENTS:
            for name, (rate, p50) in in_turn(calls, clients).items():
                rates[name, clients] = rate
                print(f"| {name} | {clients} | {rate:.0f} | {p50:.1f} |", flush=True)
        ratios = ", ".join(
            f"{rates['GraphQL', clients] / rates['bare invocation', clients]:.2f} with {clients}" for clients in CLIENTS
        )
        print(f"\nGraphQL's requests/s over the bare invocation's: {ratios} clients\n")
        print(
            "| subscribers | mutation to first receipt, p50 ms | to last receipt, p50 ms | to last receipt, worst ms |"
        )
        print("|---|---|---|---|")
        for count in SUBSCRIBERS:
            print(latency(made, http, count), flush=True)
    return 0


def graphql(made: Made, http: urllib3.PoolManager) -> Call:
    body = json.dumps({"query": QUERY})

    def call() -> None:
        answer = http.request("POST", made.url, body=body, headers={**JSON, "x-api-key": made.key})
        check(answer, {"data": {"ping": "pong"}})

    return call


def bare(cloud: Cloud, made: Made, http: urllib3.PoolManager) -> Call:
    """The same event by Lambda's Invoke. Requests of one second share a signature, so that signing is not measured."""
    url = f"{cloud.endpoint}/2015-03-31/functions/{quote(made.function, safe='')}/invocations"
    body = json.dumps({"info": {"fieldName": "ping"}})
    credentials = Credentials(cloud.environment["AWS_ACCESS_KEY_ID"], cloud.environment["AWS_SECRET_ACCESS_KEY"])
    signed: dict[int, dict[str, str]] = {}

    def call() -> None:
        second = int(time.time())
        if second not in signed:
            request = AWSRequest("POST", url, data=body, headers=JSON)
            SigV4Auth(credentials, "lambda", "us-east-1").add_auth(request)
            signed[second] = dict(request.headers)
        check(http.request("POST", url, body=body, headers=signed[second]), "pong")

    return call


def check(answer: urllib3.BaseHTTPResponse, expected: Any) -> None:
    if answer.status != 200 or json.loads(answer.data) != expected:
        raise RuntimeError(f"{answer.status}: {answer.data[:300]!r}")  # a failed request would make the figures wrong


def warm(call: Call) -> None:
    with ThreadPoolExecutor(max(CLIENTS)) as pool:
        for done in [pool.submit(call) for _ in range(100)]:
            done.result()


def in_turn(calls: dict[str, Call], clients: int) -> dict[str, tuple[float, float]]:
    """Requests/s and p50 of each, as medians of rounds that alternate between them."""
    rounds: dict[str, list[tuple[float, float]]] = {name: [] for name in calls}
    for _ in range(ROUNDS):
        for name, call in calls.items():
            rounds[name].append(measure(call, clients))
    return {
        name: (statistics.median(rate for rate, _ in found), statistics.median(p50 for _, p50 in found))
        for name, found in rounds.items()
    }


def measure(call: Call, clients: int) -> tuple[float, float]:
    end = time.perf_counter() + SECONDS

    def client() -> list[float]:
        times = []
        while (start := time.perf_counter()) < end:
            call()
            times.append((time.perf_counter() - start) * 1000)
        return times

    with ThreadPoolExecutor(clients) as pool:
        times = [one for found in [pool.submit(client) for _ in range(clients)] for one in found.result()]
    return len(times) / SECONDS, statistics.median(times)


def latency(made: Made, http: urllib3.PoolManager, count: int) -> str:
    """The time from the mutation to its arrival at the subscribers."""
    with ExitStack() as stack:
        sockets = [stack.enter_context(subscriber(made)) for _ in range(count)]
        firsts, lasts = [], []
        for number in range(CHANGES):
            times: list[float] = []
            listeners = [threading.Thread(target=listen, args=(socket, str(number), times)) for socket in sockets]
            for listener in listeners:
                listener.start()
            start = time.perf_counter()
            body = json.dumps({"query": RENAME, "variables": {"name": str(number)}})
            http.request("POST", made.url, body=body, headers={**JSON, "x-api-key": made.key})
            for listener in listeners:
                listener.join()
            if len(times) != count:
                raise RuntimeError(f"{len(times)} of {count} subscribers received the change")
            firsts.append((min(times) - start) * 1000)
            lasts.append((max(times) - start) * 1000)
    return f"| {count} | {statistics.median(firsts):.1f} | {statistics.median(lasts):.1f} | {max(lasts):.1f} |"


def subscriber(made: Made) -> Any:
    return _Subscriber(made)


class _Subscriber:
    """A context in which a subscription is open."""

    def __init__(self, made: Made) -> None:
        self._header = {"host": made.url.split("/")[2], "x-api-key": made.key}
        encoded = quote(base64.b64encode(json.dumps(self._header).encode()).decode())
        url = f"{made.url.replace('http:', 'ws:')}/realtime?header={encoded}&payload=e30="
        self._context = connect(url, subprotocols=[Subprotocol("graphql-ws")])

    def __enter__(self) -> ClientConnection:
        socket = self._context.__enter__()
        payload = {"data": json.dumps({"query": RENAMED}), "extensions": {"authorization": self._header}}
        socket.send(json.dumps({"type": "start", "id": "1", "payload": payload}))
        if json.loads(socket.recv())["type"] != "start_ack":
            raise RuntimeError("the subscription was refused")
        return socket

    def __exit__(self, *failure: Any) -> None:
        self._context.__exit__(*failure)


def listen(socket: ClientConnection, name: str, times: list[float]) -> None:
    received = json.loads(socket.recv(timeout=30))
    if received["payload"] == {"data": {"onRenamed": {"name": name}}}:
        times.append(time.perf_counter())


if __name__ == "__main__":
    sys.exit(main())
