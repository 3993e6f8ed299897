"""The products table in memory; passes the same contract suite as the real one."""

from collections.abc import Iterable

from ecom import pages
from products_service.domain import Product, content
from products_service.errors import NoSuchProduct, ProductExists
from products_service.repository import PAGE, Page


class ProductsInMemory:
    def __init__(self, *products: Product) -> None:
        self.items: dict[str, Product] = {item["productId"]: dict(item) for item in products}

    def get(self, product_id: str) -> Product | None:
        return self.items.get(product_id)

    def get_many(self, product_ids: Iterable[str]) -> dict[str, Product]:
        return {key: self.items[key] for key in product_ids if key in self.items}

    def page(self, token: str | None) -> Page:
        start = pages.decode_token("products", token, {"productId": None})
        return self._page("products", list(self.items.values()), start, ("productId",))

    def page_of_category(self, category: str, token: str | None) -> Page:
        scope = f"category:{category}"
        start = pages.decode_token(scope, token, {"productId": None, "category": category})
        inside = [item for item in self.items.values() if item.get("category") == category]
        return self._page(scope, inside, start, ("productId", "category"))

    @staticmethod
    def _page(scope: str, products: list[Product], start: dict[str, str] | None, names: tuple[str, ...]) -> Page:
        ordered = sorted(products, key=lambda item: str(item["productId"]))
        rest = [item for item in ordered if start is None or item["productId"] > start["productId"]]
        page, more = rest[:PAGE], len(rest) > PAGE
        key = {name: page[-1][name] for name in names} if more else None
        return Page(page, pages.encode_token(scope, key))

    def create(self, product: Product, correlation_id: str) -> Product:
        existing = self.items.get(product["productId"])
        if existing is None:
            self.items[product["productId"]] = product
            return product
        if content(existing) != content(product):
            raise ProductExists(product["productId"])
        return existing

    def update(self, product: Product, correlation_id: str) -> Product:
        existing = self.items.get(product["productId"])
        if existing is None:
            raise NoSuchProduct(product["productId"])
        self.items[product["productId"]] = {**product, "createdDate": existing["createdDate"]}
        return self.items[product["productId"]]

    def delete(self, product_id: str) -> Product:
        if product_id not in self.items:
            raise NoSuchProduct(product_id)
        return self.items.pop(product_id)
