"""The products table in memory. Passes the same contract suite as the real one."""

from collections.abc import Iterable, Mapping
from typing import Any

from ecom import pages
from ecom.contracts.common import Product
from ecom.pages import Page
from products_service.domain import compared, content
from products_service.errors import NoSuchProduct, ProductChanged, ProductExists
from products_service.repository import PAGE


class NoCdn:
    """*pictures* is not deployed."""

    def value(self) -> str:
        return ""


class ProductsInMemory:
    def __init__(self, *products: Product) -> None:
        self.items: dict[str, Product] = {product["productId"]: product for product in products}

    def get(self, product_id: str) -> Product | None:
        return self.items.get(product_id)

    def get_many(self, product_ids: Iterable[str], *, consistent: bool = False) -> dict[str, Product]:
        return {key: self.items[key] for key in product_ids if key in self.items}

    def page(self, token: str | None) -> Page[Product]:
        start = pages.decode_token("products", token, {"productId": None}, sort_key=None)
        return self._page("products", list(self.items.values()), start, ("productId",))

    def page_of_category(self, category: str, token: str | None) -> Page[Product]:
        scope = f"category:{category}"
        start = pages.decode_token(scope, token, {"productId": None, "category": category}, sort_key="productId")
        inside = [item for item in self.items.values() if item.get("category") == category]
        return self._page(scope, inside, start, ("productId", "category"))

    @staticmethod
    def _page(
        scope: str, products: list[Product], start: Mapping[str, Any] | None, key: tuple[str, ...]
    ) -> Page[Product]:
        ordered = sorted(products, key=lambda product: product["productId"])
        left = [product for product in ordered if start is None or product["productId"] > start["productId"]]
        last: Mapping[str, Any] | None = left[PAGE - 1] if len(left) > PAGE else None
        return Page(left[:PAGE], pages.encode_token(scope, last and {name: last[name] for name in key}))

    def create(self, product: Product, correlation_id: str) -> Product:
        existing = self.items.get(product["productId"])
        if existing is None:
            self.items[product["productId"]] = product
            return product
        if content(existing) != content(product):
            raise ProductExists(product["productId"])
        return existing

    def update(self, product: Product, correlation_id: str, read_at: str | None = None) -> dict[str, Any]:
        existing = self.items.get(product["productId"])
        if existing is None:
            raise NoSuchProduct(product["productId"])
        if read_at not in (None, existing.get("modifiedDate")):
            if compared(existing) != compared(product):
                raise ProductChanged(product["productId"])
            return dict(existing)
        updated: Product = {**product, "createdDate": existing["createdDate"]}
        self.items[product["productId"]] = updated
        return dict(updated)

    def delete(self, product_id: str) -> dict[str, Any]:
        if product_id not in self.items:
            raise NoSuchProduct(product_id)
        return dict(self.items.pop(product_id))
