"""The catalogue, asked over signed REST: one request for the lines of a cart."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any
from urllib.parse import urlencode

from cart_service.domain import Product
from ecom.http import SignedClient, Unreachable
from ecom.limits import DIMENSIONS, MAX_INT
from ecom.validation import is_integer

SECONDS = 5.0
# API Gateway takes 10,240 bytes of request line and headers, signature and trace included.
MAX_QUERY = 5000


class CatalogueClient:
    def __init__(self, client: SignedClient, url: str) -> None:
        self._client = client
        self._url = f"{url}/backend/products"

    def products(self, product_ids: Iterable[str]) -> dict[str, Product]:
        """Those of the products that exist, by id. Raises Unreachable for an answer outside the contract."""
        found: dict[str, Product] = {}
        for query in queries(product_ids):
            answer = self._client.call("GET", f"{self._url}?{query}", within=SECONDS)
            if answer.status != 200 or not isinstance(answer.body, dict):
                raise Unreachable(f"GET /backend/products: the response {answer.status} is outside the contract")
            try:
                found |= {product["productId"]: _product(product) for product in answer.body["products"]}
            except (AttributeError, KeyError, TypeError, ValueError):
                raise Unreachable("GET /backend/products: the response is outside the contract") from None
        return found


def queries(product_ids: Iterable[str]) -> Iterator[str]:
    """The query of each request. All ids of a cart fit in one, unless they are unusually long."""
    query = ""
    for product_id in product_ids:
        one = urlencode({"ids": product_id})
        if query and len(query) + len(one) > MAX_QUERY:
            yield query
            query = ""
        query = f"{query}&{one}" if query else one
    if query:
        yield query


def _product(product: Mapping[str, Any]) -> Product:
    """Raises KeyError, TypeError or ValueError for what is no product."""
    price, package = product["price"], product["package"]
    if not is_integer(price, 0, MAX_INT):
        raise ValueError("the price is not an amount")
    sizes = {name: package[name] for name in DIMENSIONS if package.get(name) is not None}
    pictures = tuple(str(picture) for picture in product.get("pictures") or ())
    return Product(str(product["productId"]), str(product["name"]), price, sizes, pictures)
