"""What services ask the orders service: the order behind an event that says too little."""

from collections.abc import Mapping
from typing import Any, Protocol
from urllib.parse import quote

from ecom.http import SignedClient, Unreachable

# Several messages of a batch are handled one after the other within the function's time.
WITHIN_SECONDS = 5.0


class Orders(Protocol):
    def find(self, order_id: str) -> Mapping[str, Any] | None:
        """The order; None when there is none for sure. Raises a PlatformError when nobody said."""


class SignedOrders:
    def __init__(self, client: SignedClient, url: str) -> None:
        self._client = client
        self._url = url

    def find(self, order_id: str) -> Mapping[str, Any] | None:
        answer = self._client.call("GET", f"{self._url}/backend/{quote(order_id, safe='')}", within=WITHIN_SECONDS)
        if answer.status == 404:
            return None
        if answer.status != 200 or not isinstance(answer.body, dict):
            raise Unreachable(f"GET /backend/...: {answer.status} is not an answer that we know")
        return answer.body
