"""Our own GraphQL API, called with the rights of the functions that publish changes."""

from collections.abc import Mapping
from typing import Any

from ecom.http import SignedClient
from ecom.limits import ADDRESS_FIELDS, DIMENSIONS, LINE_FIELDS
from ecom.order_view import HISTORY_FIELDS, SHIPMENT_FIELDS, order_view
from frontend_api_service.errors import NotPublished

# After this time the call fails, and Lambda retries the event.
SECONDS = 6.0

# Subscribers get the fields that the mutation selects, so each selects all fields of its type.
ORDER_MUTATION = f"""mutation PublishOrderChange($order: OrderChangeInput!) {{
  publishOrderChange(order: $order) {{
    orderId userId createdDate modifiedDate status paymentStatus deliveryPrice total currency refunded
    products {{ {" ".join(name for name in LINE_FIELDS if name != "package")} package {{ {" ".join(DIMENSIONS)} }} }}
    address {{ {" ".join(ADDRESS_FIELDS)} }}
    shipment {{ {" ".join(SHIPMENT_FIELDS)} }}
    history {{ {" ".join(HISTORY_FIELDS)} }}
  }}
}}"""


AVAILABILITY_FIELDS = ("productId", "level", "version")
AVAILABILITY_MUTATION = f"""mutation PublishAvailability($availability: AvailabilityInput!) {{
  publishAvailability(availability: $availability) {{ {" ".join(AVAILABILITY_FIELDS)} }}
}}"""


class GraphqlApi:
    """Each method raises NotPublished, Unreachable or Refused."""

    def __init__(self, client: SignedClient, url: str) -> None:
        self._client = client
        self._url = url

    def publish_order(self, order: Mapping[str, Any], currency: str) -> None:
        """Publish the order to the subscribers of onOrderChanged. Orders of older producers have the given currency."""
        self._publish("publishOrderChange", ORDER_MUTATION, {"order": order_view(order, currency)})

    def publish_availability(self, product_id: str, level: str, version: int | None) -> None:
        """Publish the level of a product to the subscribers of onAvailabilityChanged."""
        availability = dict(zip(AVAILABILITY_FIELDS, (product_id, level, version), strict=True))
        self._publish("publishAvailability", AVAILABILITY_MUTATION, {"availability": availability})

    def _publish(self, mutation: str, query: str, variables: Mapping[str, Any]) -> None:
        answer = self._client.call("POST", self._url, {"query": query, "variables": variables}, within=SECONDS)
        found = answer.body if isinstance(answer.body, dict) else {}
        if answer.status != 200 or found.get("errors") or not (found.get("data") or {}).get(mutation):
            raise NotPublished(f"{mutation}: {answer.status} {_types(found.get('errors'))}".strip())


def _types(errors: Any) -> str:
    """The types of the errors. Their messages may be personal."""
    if not isinstance(errors, list):
        return ""
    return ", ".join(sorted({str(error.get("errorType")) for error in errors if isinstance(error, dict)}))
