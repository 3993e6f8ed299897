"""The products table."""

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any, Protocol

from ecom.backoff import Backoff
from ecom.contracts.common import Product
from ecom.dynamo import ConditionFailed, Item, Table
from ecom.pages import Page, query_page
from products_service.domain import compared, content
from products_service.errors import NoSuchProduct, ProductChanged, ProductExists
from products_service.rows import admins_fields, from_item, public_fields

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

PAGE = 20
OPTIONAL = ("category", "tags", "pictures")
# `version` orders the events. An item that was written manually has none; its first update is version 1.
NEXT_VERSION = "#version = if_not_exists(#version, :zero) + :one"


class Products(Protocol):
    """The table and the fake for tests pass the same contract suite."""

    def get(self, product_id: str) -> Product | None: ...
    def get_many(self, product_ids: Iterable[str], *, consistent: bool = False) -> dict[str, Product]: ...
    def page(self, token: str | None) -> Page[Product]: ...
    def page_of_category(self, category: str, token: str | None) -> Page[Product]: ...
    def create(self, product: Product, correlation_id: str) -> Product: ...
    def update(self, product: Product, correlation_id: str, read_at: str | None = None) -> dict[str, Any]: ...
    def delete(self, product_id: str) -> dict[str, Any]: ...


class ProductsTable:
    def __init__(self, client: "DynamoDBClient", table: str, backoff: Backoff | None = None) -> None:
        self._table = Table(client, table)
        self._backoff = backoff

    def get(self, product_id: str) -> Product | None:
        """Read consistently: a client that changed the product sees its change."""
        item = self._table.get({"productId": product_id})
        return from_item(item) if item else None

    def get_many(self, product_ids: Iterable[str], *, consistent: bool = False) -> dict[str, Product]:
        """The products that exist, by id."""
        keys = ({"productId": product_id} for product_id in product_ids)
        items = self._table.get_many(keys, consistent=consistent, backoff=self._backoff)
        return {product["productId"]: product for product in _products(items)}

    def page(self, token: str | None) -> Page[Product]:
        """A page of a scan. The table has only products, so a page costs what its items cost."""
        return _products_of(query_page(self._table, "products", token, {"productId": None}, PAGE, sort_key=None))

    def page_of_category(self, category: str, token: str | None) -> Page[Product]:
        return _products_of(
            query_page(
                self._table,
                f"category:{category}",
                token,
                {"productId": None, "category": category},
                PAGE,
                sort_key="productId",
                IndexName="category",
                KeyConditionExpression="category = :category",
                values={"category": category},
            )
        )

    def create(self, product: Product, correlation_id: str) -> Product:
        """Put a new product. Repeated with the same content it returns the stored one; other content is refused.
        Managed pictures are not compared."""
        item = {**product, "version": 1, "correlationId": correlation_id}
        try:
            self._table.put(item, "attribute_not_exists(productId)")
        except ConditionFailed as failure:
            item = failure.item or {}
            stored = from_item(item)
            if stored is None or compared(admins_fields(item)) != compared(product):
                raise ProductExists(product["productId"]) from None
            return stored
        return product

    def update(self, product: Product, correlation_id: str, read_at: str | None = None) -> dict[str, Any]:
        """Replace the content of a stored product and return its public fields. `createdDate` stays.

        `read_at` is the `modifiedDate` that the caller read. If it is another one by now, ProductChanged is raised,
        unless the product has this content already, as after a repeat.
        """
        new: dict[str, Any] = {
            **content(product),
            "modifiedDate": product["modifiedDate"],
            "correlationId": correlation_id,
        }
        del new["productId"]
        assignments = ", ".join(f"#{name} = :{name}" for name in new)
        removed = ", ".join(f"#{name}" for name in OPTIONAL if name not in new)
        update = f"SET {assignments}, {NEXT_VERSION}" + (f" REMOVE {removed}" if removed else "")
        key = {"productId": product["productId"]}
        condition, values = "attribute_exists(productId)", {**new, "zero": 0, "one": 1}
        if read_at is not None:
            condition, values = f"{condition} AND #modifiedDate = :readAt", {**values, "readAt": read_at}
        try:
            stored = self._table.update(key, update, condition, returns="ALL_NEW", **values)
        except ConditionFailed as failure:
            if failure.item is None:
                raise NoSuchProduct(product["productId"]) from None
            if compared(admins_fields(failure.item)) != compared(product):
                raise ProductChanged(product["productId"]) from None
            stored = failure.item
        return public_fields(stored)

    def delete(self, product_id: str) -> dict[str, Any]:
        """Return the public fields of the deleted item, which need not be a valid product."""
        try:
            deleted = self._table.delete({"productId": product_id}, "attribute_exists(productId)")
        except ConditionFailed:
            raise NoSuchProduct(product_id) from None
        return public_fields(deleted or {})


def _products(items: Iterable[Item]) -> list[Product]:
    return [product for item in items if (product := from_item(item)) is not None]


def _products_of(page: Page[Item]) -> Page[Product]:
    return Page(_products(page.items), page.next_token)
