"""Our own GraphQL API, called with the rights of the function that publishes changes."""

from collections.abc import Mapping
from typing import Any

from ecom.http import SignedClient
from ecom.limits import ADDRESS_FIELDS, DIMENSIONS, LINE_FIELDS
from ecom.order_view import HISTORY_FIELDS, SHIPMENT_FIELDS, order_view
from frontend_api_service.errors import NotPublished

# After this time the call fails, and Lambda retries the event.
SECONDS = 6.0

# Subscribers get the fields that the mutation selects, so it selects all fields of an order.
MUTATION = f"""mutation PublishOrderChange($order: OrderChangeInput!) {{
  publishOrderChange(order: $order) {{
    orderId userId createdDate modifiedDate status paymentStatus deliveryPrice total currency refunded
    products {{ {" ".join(name for name in LINE_FIELDS if name != "package")} package {{ {" ".join(DIMENSIONS)} }} }}
    address {{ {" ".join(ADDRESS_FIELDS)} }}
    shipment {{ {" ".join(SHIPMENT_FIELDS)} }}
    history {{ {" ".join(HISTORY_FIELDS)} }}
  }}
}}"""


class GraphqlApi:
    def __init__(self, client: SignedClient, url: str, currency: str) -> None:
        self._client = client
        self._url = url
        self._currency = currency  # of orders of older producers

    def publish(self, order: Mapping[str, Any]) -> None:
        """Publish the order to the subscribers of onOrderChanged. Raises NotPublished, Unreachable or Refused."""
        body = {"query": MUTATION, "variables": {"order": order_view(order, self._currency)}}
        answer = self._client.call("POST", self._url, body, within=SECONDS)
        found = answer.body if isinstance(answer.body, dict) else {}
        if answer.status != 200 or found.get("errors") or not (found.get("data") or {}).get("publishOrderChange"):
            raise NotPublished(f"publishOrderChange: {answer.status} {_types(found.get('errors'))}".strip())


def _types(errors: Any) -> str:
    """The types of the errors. Their messages may be personal."""
    if not isinstance(errors, list):
        return ""
    return ", ".join(sorted({str(error.get("errorType")) for error in errors if isinstance(error, dict)}))
