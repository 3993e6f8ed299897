"""The contact of a partner's order, which *partners* has: no user of the pool owns the order."""

from typing import Protocol
from urllib.parse import quote

from ecom.http import SignedClient, Unreachable
from notifications_service.recipients import checked_address

PARTNER = "partner:"  # begins the owner of a partner's order
SECONDS = 5.0


class Contacts(Protocol):
    def address_of_order(self, order_id: str) -> str | None:
        """The address of the order's contact; None when it has none. Raises InvalidAddress."""


class PartnerContacts:
    def __init__(self, client: SignedClient, url: str) -> None:
        self._client = client
        self._url = url

    def address_of_order(self, order_id: str) -> str | None:
        url = f"{self._url}/backend/contacts/{quote(order_id, safe='')}"
        answer = self._client.call("GET", url, within=SECONDS)
        if answer.status == 404:
            return None
        if answer.status != 200 or not isinstance(answer.body, dict) or not isinstance(answer.body.get("email"), str):
            raise Unreachable(f"GET /backend/contacts/...: the response {answer.status} is outside the contract")
        return checked_address(answer.body["email"])
