"""The services that createOrder and cancelOrder call, over signed REST.

A response outside the contract raises Unreachable: the outcome is unknown.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Protocol
from urllib.parse import urlsplit

from ecom.catalogue_client import CatalogueClient
from ecom.dynamo_values import Item
from ecom.errors import InvalidInput
from ecom.http import Answer, SignedClient, Unreachable, encoded_query
from ecom.limits import MAX_INT
from ecom.validation import is_integer
from orders_service import problems
from orders_service.domain import Line
from orders_service.problems import Problem
from orders_service.rows import item_from_line


class Checks(Protocol):
    """The checks of a new order. Each call ends within the given seconds, and raises a PlatformError when the service
    does not answer."""

    def product_problems(self, lines: Sequence[Line], within: float) -> list[Problem]: ...
    def products(self, product_ids: Iterable[str], within: float) -> Mapping[str, Line]:
        """Those of the products that exist, by id, as lines without a quantity."""

    def delivery_price(self, lines: Sequence[Line], address: Mapping[str, str], within: float) -> int:
        """Raises InvalidInput when delivery pricing has no price for them, and never will have."""

    def payment_covers(self, payment_token: str, total: int, within: float) -> bool: ...


class Warehouse(Protocol):
    """It owns the stock, and decides alone whether an order can still be cancelled. Each call may be repeated."""

    def reserve(self, order_id: str, lines: Sequence[Line], attempt: str, within: float) -> list[Problem]:
        """Reserve all lines, or none. Return one problem for each product with insufficient stock."""

    def release(self, order_id: str, attempt: str, within: float) -> None:
        """Free the stock that this attempt reserved, if no order owns it."""

    def due(self, token: str | None) -> tuple[list[str], str | None]:
        """A page of the orders whose reservations are due, and the token of the next page."""

    def settle_due(self, abandoned: Sequence[str], owned: Sequence[str]) -> int:
        """Lapse the abandoned reservations, keep the owned ones. Returns how many lapsed."""

    def cancel(self, order_id: str, within: float) -> bool:
        """Whether the order is cancelled and its stock is free. False is final: packaging has started."""


class SignedChecks:
    def __init__(self, client: SignedClient, products: str, delivery_pricing: str, payment: str) -> None:
        self._client = client
        self._products_url = f"{products}/backend/validate"
        self._catalogue = CatalogueClient(client, products)
        self._pricing_url = f"{delivery_pricing}/backend/pricing"
        self._payment_url = f"{payment}/backend/validate"

    def product_problems(self, lines: Sequence[Line], within: float) -> list[Problem]:
        products = _items(lines)
        body = self._post(self._products_url, {"products": products}, within)
        if isinstance(body.get("message"), str) and "products" not in body:
            return []
        try:
            found = problems.product_problems(products, body["products"])
        except (KeyError, TypeError, ValueError, AttributeError):
            found = []
        if not found:
            raise _outside_contract(self._products_url)
        return found

    def products(self, product_ids: Iterable[str], within: float) -> Mapping[str, Line]:
        found = self._catalogue.find(product_ids, within)
        return {key: Line(key, each["name"], dict(each["package"]), each["price"]) for key, each in found.items()}

    def delivery_price(self, lines: Sequence[Line], address: Mapping[str, str], within: float) -> int:
        body = {"products": _items(lines), "address": address}
        answer = self._client.call("POST", self._pricing_url, body, within=within)
        match answer.status, answer.body:
            case 200, {"pricing": price} if is_integer(price, 0, MAX_INT):
                return int(price)
            case 400, {"message": str(why)}:
                raise InvalidInput(f"the delivery has no price: {why}")
        raise _outside_contract(self._pricing_url, answer.status)

    def payment_covers(self, payment_token: str, total: int, within: float) -> bool:
        is_covered = self._post(self._payment_url, {"paymentToken": payment_token, "total": total}, within).get("ok")
        if not isinstance(is_covered, bool):
            raise _outside_contract(self._payment_url)
        return is_covered

    def _post(self, url: str, body: Any, within: float) -> dict[str, Any]:
        answer = self._client.call("POST", url, body, within=within)
        if answer.status != 200 or not isinstance(answer.body, dict):
            raise _outside_contract(url, answer.status)
        return answer.body


class SignedWarehouse:
    def __init__(self, client: SignedClient, url: str) -> None:
        self._client = client
        self._url = url

    def reserve(self, order_id: str, lines: Sequence[Line], attempt: str, within: float) -> list[Problem]:
        url = f"{self._url}/backend/reserve"
        products = [{"productId": line.product_id, "quantity": line.units} for line in lines]
        body = {"orderId": order_id, "products": products, "attempt": attempt}
        answer = self._client.call("POST", url, body, within=within)
        if _is_answer(answer, 200, ok=True):
            return []
        short = answer.body.get("problems") if _is_answer(answer, 409, ok=False) else None
        if not isinstance(short, list) or not short:
            raise _outside_contract(url, answer.status)
        try:
            return [
                problems.insufficient_stock(each["productId"], each["requested"], each["available"]) for each in short
            ]
        except (KeyError, TypeError):
            raise _outside_contract(url, answer.status) from None

    def release(self, order_id: str, attempt: str, within: float) -> None:
        url = f"{self._url}/backend/release"
        answer = self._client.call("POST", url, {"orderId": order_id, "attempt": attempt}, within=within)
        if not _is_answer(answer, 200, ok=True):
            raise _outside_contract(url, answer.status)

    def due(self, token: str | None) -> tuple[list[str], str | None]:
        url = f"{self._url}/backend/due"
        answer = self._client.call("GET", f"{url}?{encoded_query({'next': token})}" if token else url)
        match answer.body:
            case {"orderIds": list(order_ids), "next": str(following)} if answer.status == 200:
                return order_ids, following
            case {"orderIds": list(order_ids)} if answer.status == 200:
                return order_ids, None
        raise _outside_contract(url, answer.status)

    def settle_due(self, abandoned: Sequence[str], owned: Sequence[str]) -> int:
        url = f"{self._url}/backend/due"
        answer = self._client.call("POST", url, {"abandoned": list(abandoned), "owned": list(owned)})
        match answer.body:
            case {"ok": True, "lapsed": int(lapsed)} if answer.status == 200:
                return lapsed
        raise _outside_contract(url, answer.status)

    def cancel(self, order_id: str, within: float) -> bool:
        url = f"{self._url}/backend/cancel"
        answer = self._client.call("POST", url, {"orderId": order_id}, within=within)
        if _is_answer(answer, 200, ok=True):
            return True
        if _is_answer(answer, 409, ok=False):
            return False
        raise _outside_contract(url, answer.status)


def _items(lines: Sequence[Line]) -> list[Item]:
    return [item_from_line(line) for line in lines]


def _is_answer(answer: Answer, status: int, *, ok: bool) -> bool:
    return answer.status == status and isinstance(answer.body, dict) and answer.body.get("ok") is ok


def _outside_contract(url: str, status: int = 200) -> Unreachable:
    return Unreachable(f"{urlsplit(url).path}: the response {status} is outside the contract")
