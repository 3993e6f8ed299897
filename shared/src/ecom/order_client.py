"""Orders as other services read them, over signed REST."""

from collections.abc import Mapping
from typing import Any, Protocol
from urllib.parse import quote

from ecom.http import SignedClient, Unreachable

# A batch of messages is handled one after the other within the function's time-out.
SECONDS = 5.0


class OrderReader(Protocol):
    def find(self, order_id: str) -> Mapping[str, Any] | None:
        """The order, None when it does not exist. Raises a PlatformError when that is unknown."""


class OrdersClient:
    def __init__(self, client: SignedClient, url: str) -> None:
        self._client = client
        self._url = url

    def find(self, order_id: str) -> Mapping[str, Any] | None:
        answer = self._client.call("GET", f"{self._url}/backend/{quote(order_id, safe='')}", within=SECONDS)
        if answer.status == 404:
            return None
        if answer.status != 200 or not isinstance(answer.body, dict):
            raise Unreachable(f"GET /backend/...: the response {answer.status} is outside the contract")
        return answer.body
