"""Products as other services read them, over signed REST: by their ids, or the whole catalogue."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from ecom.http import SignedClient, Unreachable, encoded_query
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
            products, _ = self._read(query, within)
            found |= {product["productId"]: product for product in products}
        return found

    def pages(self, within: float = SECONDS) -> Iterator[list[Mapping[str, Any]]]:
        """The whole catalogue. A page may be a moment old. Raises Unreachable as `find` does."""
        query = ""
        while True:
            products, after = self._read(query, within)
            yield products
            if after is None:
                return
            query = encoded_query({"after": after})

    def _read(self, query: str, within: float) -> tuple[list[Mapping[str, Any]], str | None]:
        """The products of an answer, and where the next page begins."""
        answer = self._client.call("GET", f"{self._url}?{query}" if query else self._url, within=within)
        match answer.status, answer.body:
            case 200, {"products": list(products), **rest} if all(map(_is_product, products)):
                after = rest.get("after")
                if after is None or (isinstance(after, str) and after):
                    return products, after
        raise Unreachable(f"GET /backend/products: the response {answer.status} is outside the contract")


def batched_ids(product_ids: Iterable[str]) -> Iterator[list[str]]:
    """As many ids as one request may ask about. *products* takes an id with commas for several ones too; one with more
    commas than that is left out: no request finds it."""
    batch: list[str] = []
    size = 0
    for product_id in product_ids:
        ids = product_id.count(",") + 1
        if ids > MAX_PRODUCT_IDS:
            continue
        if size + ids > MAX_PRODUCT_IDS:
            yield batch
            batch, size = [], 0
        batch.append(product_id)
        size += ids
    if batch:
        yield batch


def _queries(product_ids: Iterable[str]) -> Iterator[str]:
    """The query of each request: at most as many ids as *products* takes, and as many as fit in one."""
    for batch in batched_ids(product_ids):
        asked: list[str] = []
        for product_id in batch:
            one = encoded_query({"ids": product_id})
            if asked and len("&".join([*asked, one])) > MAX_QUERY:
                yield "&".join(asked)
                asked = []
            asked.append(one)
        yield "&".join(asked)


def _is_product(product: Any) -> bool:
    match product:
        case {"productId": str(), "name": str(), "price": price, "package": dict(package)}:
            return is_integer(price, 0, MAX_INT) and all(
                is_integer(size, -MAX_INT, MAX_INT) for size in package.values()
            )
    return False
