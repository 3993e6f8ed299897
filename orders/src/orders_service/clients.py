"""What createOrder and cancelOrder ask other services, over signed REST.

An answer that the contract does not have is no answer: Unreachable, never a yes or a no.
"""

from collections.abc import Mapping, Sequence
from typing import Any, Protocol
from urllib.parse import urlsplit

from ecom.http import Answer, SignedClient, Unreachable
from ecom.limits import MAX_INT
from ecom.validation import is_integer
from orders_service.config import CheckUrls
from orders_service.domain import Line
from orders_service.problems import Problem, insufficient, of_products


class Checks(Protocol):
    """What a new order is checked against. Each call ends within the given seconds, and raises a PlatformError when
    there is no answer."""

    def product_problems(self, lines: Sequence[Line], within: float) -> list[Problem]: ...
    def delivery_price(self, lines: Sequence[Line], address: Mapping[str, str], within: float) -> int: ...
    def payment_covers(self, payment_token: str, total: int, within: float) -> bool: ...


class Warehouse(Protocol):
    """Who has the stock, and decides alone whether an order can still be cancelled. Both calls may be repeated."""

    def shortages(self, order_id: str, lines: Sequence[Line], within: float) -> list[Problem]: ...
    def cancels(self, order_id: str, within: float) -> bool: ...


class SignedChecks:
    def __init__(self, client: SignedClient, urls: CheckUrls) -> None:
        self._client = client
        self._urls = urls

    def product_problems(self, lines: Sequence[Line], within: float) -> list[Problem]:
        url = f"{self._urls.products}/backend/validate"
        body = self._answer(url, {"products": lines}, within)
        if isinstance(body.get("message"), str) and "products" not in body:
            return []
        try:
            problems = of_products(lines, body["products"])
        except (KeyError, TypeError, ValueError, AttributeError):
            raise _strange(url) from None
        if not problems:
            raise _strange(url)
        return problems

    def delivery_price(self, lines: Sequence[Line], address: Mapping[str, str], within: float) -> int:
        url = f"{self._urls.delivery_pricing}/backend/pricing"
        price = self._answer(url, {"products": lines, "address": address}, within).get("pricing")
        if not isinstance(price, int) or not is_integer(price, 0, MAX_INT):
            raise _strange(url)
        return price

    def payment_covers(self, payment_token: str, total: int, within: float) -> bool:
        url = f"{self._urls.payment}/backend/validate"
        verdict = self._answer(url, {"paymentToken": payment_token, "total": total}, within).get("ok")
        if not isinstance(verdict, bool):
            raise _strange(url)
        return verdict

    def _answer(self, url: str, body: Any, within: float) -> dict[str, Any]:
        answer = self._client.call("POST", url, body, within=within)
        if answer.status != 200 or not isinstance(answer.body, dict):
            raise _strange(url, answer.status)
        return answer.body


class SignedWarehouse:
    def __init__(self, client: SignedClient, url: str) -> None:
        self._client = client
        self._url = url

    def shortages(self, order_id: str, lines: Sequence[Line], within: float) -> list[Problem]:
        """Reserve; answer what there is too little of, nothing when all is reserved."""
        url = f"{self._url}/backend/reserve"
        wanted = [{"productId": line["productId"], "quantity": line["quantity"]} for line in lines]
        answer = self._client.call("POST", url, {"orderId": order_id, "products": wanted}, within=within)
        if _says(answer, 200, True):
            return []
        problems = answer.body.get("problems") if _says(answer, 409, False) else None
        if not isinstance(problems, list) or not problems:
            raise _strange(url, answer.status)
        try:
            return [insufficient(each["productId"], each["requested"], each["available"]) for each in problems]
        except (KeyError, TypeError):
            raise _strange(url, answer.status) from None

    def cancels(self, order_id: str, within: float) -> bool:
        """Whether the warehouse gave the stock back; it decides alone, and False is final."""
        url = f"{self._url}/backend/cancel"
        answer = self._client.call("POST", url, {"orderId": order_id}, within=within)
        if _says(answer, 200, True):
            return True
        if _says(answer, 409, False):
            return False
        raise _strange(url, answer.status)


def _says(answer: Answer, status: int, ok: bool) -> bool:
    return answer.status == status and isinstance(answer.body, dict) and answer.body.get("ok") is ok


def _strange(url: str, status: int = 200) -> Unreachable:
    return Unreachable(f"POST {urlsplit(url).path}: {status} is not an answer that we know")
