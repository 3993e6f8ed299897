"""Returns by GraphQL, as shoppers and staff use them."""

from collections.abc import Sequence
from typing import Any, TypedDict

from ecom_client.graphql_types import Return
from ecom_client.journey import Client
from ecom_client.polling import poll

RETURN = """
  returnId orderId userId createdDate currency status refund reason
  lines { productId quantity reason received restocked } history { at status cause }
"""


class Wanted(TypedDict, total=False):
    productId: str
    quantity: int
    reason: str


class Received(TypedDict):
    productId: str
    quantity: int
    condition: str


class Returns:
    """Returns as one person sees and changes them."""

    def __init__(self, client: Client) -> None:
        self._client = client

    def request(self, order_id: str, lines: Sequence[Wanted], token: str) -> Return:
        query = f"mutation M($input: RequestReturnInput!) {{ requestReturn(input: $input) {{ {RETURN} }} }}"
        return self._ask(query, input={"orderId": order_id, "lines": list(lines), "clientToken": token})

    def approve(self, return_id: str) -> Return:
        return self._ask(f"mutation M($id: ID!) {{ approveReturn(returnId: $id) {{ {RETURN} }} }}", id=return_id)

    def refuse(self, return_id: str, reason: str) -> Return:
        query = f"mutation M($id: ID!, $why: String!) {{ refuseReturn(returnId: $id, reason: $why) {{ {RETURN} }} }}"
        return self._ask(query, id=return_id, why=reason)

    def cancel(self, return_id: str) -> Return:
        return self._ask(f"mutation M($id: ID!) {{ cancelReturn(returnId: $id) {{ {RETURN} }} }}", id=return_id)

    def receive(self, return_id: str, lines: Sequence[Received]) -> Return:
        query = f"mutation M($input: ReceiveReturnInput!) {{ receiveReturn(input: $input) {{ {RETURN} }} }}"
        return self._ask(query, input={"returnId": return_id, "lines": list(lines)})

    def find(self, return_id: str) -> Return | None:
        found: Return | None = self._client.ask(
            f"query Q($id: ID!) {{ getReturn(returnId: $id) {{ {RETURN} }} }}", id=return_id
        )
        return found

    def of_order(self, order_id: str) -> list[Return]:
        found: list[Return] = self._client.ask(
            f"query Q($id: ID!) {{ getReturns(orderId: $id) {{ {RETURN} }} }}", id=order_id
        )
        return found

    def open_ids(self) -> list[str]:
        """The ids of all that wait for a decision or for goods."""
        ids: list[str] = []
        token = None
        while True:
            page = self._client.ask(
                "query Q($token: String) { getOpenReturns(nextToken: $token) { returns { returnId } nextToken } }",
                token=token,
            )
            ids += [each["returnId"] for each in page["returns"]]
            token = page["nextToken"]
            if token is None:
                return ids

    def wait_for(self, return_id: str, status: str, seconds: float = 30) -> Return:
        found = poll(lambda: self.find(return_id), lambda each: each is not None and each["status"] == status, seconds)
        assert found
        return found

    def _ask(self, query: str, **variables: Any) -> Return:
        found: Return = self._client.ask(query, **variables)
        return found
