"""The products table. Only this file knows DynamoDB's words."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

from ecom import pages
from ecom.dynamo import plain, typed
from ecom.errors import TryAgain
from products_service.domain import Product, content, public, served
from products_service.errors import NoSuchProduct, ProductExists

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

PAGE = 20
BATCH = 100
MAX_ROUNDS = 5


@dataclass(frozen=True, slots=True)
class Page:
    products: list[Product]
    next_token: str | None


class Products(Protocol):
    """What the handlers need; the table and the fake for tests pass the same contract suite."""

    def get(self, product_id: str) -> Product | None: ...
    def get_many(self, product_ids: Iterable[str]) -> dict[str, Product]: ...
    def page(self, token: str | None) -> Page: ...
    def page_of_category(self, category: str, token: str | None) -> Page: ...
    def create(self, product: Product, correlation_id: str) -> Product: ...
    def update(self, product: Product, correlation_id: str) -> Product: ...
    def delete(self, product_id: str) -> Product: ...


class ProductsTable:
    def __init__(self, client: "DynamoDBClient", table: str) -> None:
        self._client = client
        self._table = table

    def get(self, product_id: str) -> Product | None:
        answer = self._client.get_item(TableName=self._table, Key={"productId": {"S": product_id}})
        return served(plain(answer["Item"])) if "Item" in answer else None

    def get_many(self, product_ids: Iterable[str]) -> dict[str, Product]:
        """The products that exist, by id. One request per hundred; what DynamoDB leaves over is asked again."""
        wanted: list[Any] = [{"productId": {"S": product_id}} for product_id in dict.fromkeys(product_ids)]
        found: dict[str, Product] = {}
        rounds = 0
        while wanted:
            rounds += 1
            if rounds > MAX_ROUNDS:
                raise TryAgain("the table is too busy to read all products")
            batch, wanted = wanted[:BATCH], wanted[BATCH:]
            answer = self._client.batch_get_item(RequestItems={self._table: {"Keys": batch}})
            for item in answer["Responses"].get(self._table, []):
                product = served(plain(item))
                if product is not None:
                    found[product["productId"]] = product
            if left := answer.get("UnprocessedKeys"):
                wanted += left[self._table]["Keys"]
        return found

    def page(self, token: str | None) -> Page:
        """A page of the table: the table holds nothing but products, so the cost is that of the page."""
        start = pages.decode_token("products", token, {"productId": None})
        more: dict[str, Any] = {"ExclusiveStartKey": typed(start)} if start else {}
        return self._page("products", self._client.scan(TableName=self._table, Limit=PAGE, **more))

    def page_of_category(self, category: str, token: str | None) -> Page:
        scope = f"category:{category}"
        start = pages.decode_token(scope, token, {"productId": None, "category": category})
        more: dict[str, Any] = {"ExclusiveStartKey": typed(start)} if start else {}
        answer = self._client.query(
            TableName=self._table,
            IndexName="category",
            KeyConditionExpression="category = :category",
            ExpressionAttributeValues={":category": {"S": category}},
            Limit=PAGE,
            **more,
        )
        return self._page(scope, answer)

    @staticmethod
    def _page(scope: str, answer: Any) -> Page:
        last = answer.get("LastEvaluatedKey")
        token = pages.encode_token(scope, plain(last) if last else None)
        products = [served(plain(item)) for item in answer["Items"]]
        return Page([product for product in products if product is not None], token)

    def create(self, product: Product, correlation_id: str) -> Product:
        """Put a new product. The same content again answers what stands; other content under the id is refused."""
        item = {**product, "version": 1, "correlationId": correlation_id}
        try:
            self._client.put_item(
                TableName=self._table,
                Item=typed(item),
                ConditionExpression="attribute_not_exists(productId)",
                ReturnValuesOnConditionCheckFailure="ALL_OLD",
            )
        except self._client.exceptions.ConditionalCheckFailedException as failure:
            existing = public(plain(failure.response["Item"]))  # type: ignore[typeddict-item]  # there since ALL_OLD was asked for; the stubs lack it
            if content(existing) != content(product):
                raise ProductExists(product["productId"]) from None
            return existing
        return product

    def update(self, product: Product, correlation_id: str) -> Product:
        """Replace the content of a product that exists; `createdDate` stays."""
        fields = {
            **content(product),
            "modifiedDate": product["modifiedDate"],
            "correlationId": correlation_id,
        }
        del fields["productId"]
        gone = [name for name in ("category", "tags", "pictures") if name not in fields]
        names = {f"#{name}": name for name in [*fields, *gone, "version"]}
        assign = ", ".join(f"#{name} = :{name}" for name in fields)
        remove = f" REMOVE {', '.join(f'#{name}' for name in gone)}" if gone else ""
        try:
            answer = self._client.update_item(
                TableName=self._table,
                Key={"productId": {"S": product["productId"]}},
                # `version` orders the events; an item put by hand has none and starts at 1.
                UpdateExpression=f"SET {assign}, #version = if_not_exists(#version, :zero) + :one{remove}",
                ConditionExpression="attribute_exists(productId)",
                ExpressionAttributeNames=names,
                ExpressionAttributeValues={
                    **{f":{name}": value for name, value in typed(fields).items()},
                    ":zero": {"N": "0"},
                    ":one": {"N": "1"},
                },
                ReturnValues="ALL_NEW",
            )
        except self._client.exceptions.ConditionalCheckFailedException:
            raise NoSuchProduct(product["productId"]) from None
        return public(plain(answer["Attributes"]))

    def delete(self, product_id: str) -> Product:
        try:
            answer = self._client.delete_item(
                TableName=self._table,
                Key={"productId": {"S": product_id}},
                ConditionExpression="attribute_exists(productId)",
                ReturnValues="ALL_OLD",
            )
        except self._client.exceptions.ConditionalCheckFailedException:
            raise NoSuchProduct(product_id) from None
        return public(plain(answer["Attributes"]))
