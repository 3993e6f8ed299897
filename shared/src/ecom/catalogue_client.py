"""Products as other services read them by their ids, over signed REST."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any
from urllib.parse import urlencode

from ecom.http import SignedClient, Unreachable
from ecom.limits import MAX_INT, MAX_PRODUCT_IDS
from ecom.validation import is_integer

SECONDS = 5.0
# API Gateway takes 10,240 bytes of request line and headers, signature and trace included.
MAX_QUERY = 5000


class CatalogueClient:
    def __init__(self, client: SignedClient, url: str) -> None:
        self._client = client
        self._url = f"{url}/backend/products"

    def find(self, product_ids: Iterable[str], within: float = SECONDS) -> dict[str, Mapping[str, Any]]:
        """Those of the products that exist, by id. Nothing is asked about no ids. Raises Unreachable for an answer
        outside the contract."""
        found: dict[str, Mapping[str, Any]] = {}
        for query in _queries(product_ids):
            answer = self._client.call("GET", f"{self._url}?{query}", within=within)
            products = answer.body.get("products") if isinstance(answer.body, dict) else None
            if answer.status != 200 or not isinstance(products, list) or not all(map(_is_product, products)):
                raise Unreachable(f"GET /backend/products: the response {answer.status} is outside the contract")
            found |= {product["productId"]: product for product in products}
        return found


def _queries(product_ids: Iterable[str]) -> Iterator[str]:
    """The query of each request: at most as many ids as *products* takes, and as many as fit in one."""
    asked: list[str] = []
    for product_id in product_ids:
        one = urlencode({"ids": product_id})
        if asked and (len(asked) == MAX_PRODUCT_IDS or len("&".join([*asked, one])) > MAX_QUERY):
            yield "&".join(asked)
            asked = []
        asked.append(one)
    if asked:
        yield "&".join(asked)


def _is_product(product: Any) -> bool:
    match product:
        case {"productId": str(), "name": str(), "price": price, "package": dict(package)}:
            return is_integer(price, 0, MAX_INT) and all(
                is_integer(size, -MAX_INT, MAX_INT) for size in package.values()
            )
    return False
