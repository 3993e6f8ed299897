"""The products of a cart's lines, as *products* answers them."""

from collections.abc import Iterable, Mapping
from typing import Any

from cart_service.domain import Product
from ecom.catalogue_client import CatalogueClient
from ecom.limits import DIMENSIONS


class Catalogue:
    def __init__(self, client: CatalogueClient) -> None:
        self._client = client

    def products(self, product_ids: Iterable[str]) -> dict[str, Product]:
        """Those of the products that exist, by id. Raises Unreachable."""
        return {key: product_from(answered) for key, answered in self._client.find(product_ids).items()}


def product_from(answered: Mapping[str, Any]) -> Product:
    sizes = {name: answered["package"][name] for name in DIMENSIONS if answered["package"].get(name) is not None}
    pictures = tuple(str(picture) for picture in answered.get("pictures") or ())
    return Product(answered["productId"], answered["name"], answered["price"], sizes, pictures)
