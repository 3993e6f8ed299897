"""createOrder of *orders*, as other services invoke it (orders/README.md)."""

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Protocol

from ecom.errors import InvalidInput, TryAgain
from ecom.function_client import FunctionClient

if TYPE_CHECKING:
    from mypy_boto3_lambda import LambdaClient

SECONDS = 10.0  # createOrder's function ends after this time
TRY_AGAIN, INVALID_INPUT, IDEMPOTENCY_MISMATCH = "TRY_AGAIN", "INVALID_INPUT", "IDEMPOTENCY_MISMATCH"

# The token of a checkout, or the reference of a partner.
MISMATCH = "this token or reference was used for an order with other content; use a new one"


class Orders(Protocol):
    def create(self, order: Mapping[str, Any], user_id: str) -> Mapping[str, Any]:
        """createOrder's answer. Raises TryAgain when there is none: whether the order exists is unknown."""


class OrdersFunction:
    """`channel` is the name of the service that asks."""

    def __init__(self, client: "LambdaClient", arn: str, channel: str) -> None:
        self._function = FunctionClient(client, arn, "createOrder", SECONDS)
        self._channel = channel

    def create(self, order: Mapping[str, Any], user_id: str) -> Mapping[str, Any]:
        answer = self._function.call({"order": order, "userId": user_id, "channel": self._channel})
        if not isinstance(answer.get("success"), bool):
            raise TryAgain("createOrder failed")
        return answer


class OrderRefused(Exception):
    """createOrder did not answer with an order. Each reason is a problem of its own; with TRY_AGAIN among them the same
    request may succeed."""

    def __init__(self, problems: Sequence[Mapping[str, Any]]) -> None:
        super().__init__(", ".join(str(problem["code"]) for problem in problems))
        self.problems = list(problems)

    @property
    def status(self) -> int:
        """Of the HTTP response."""
        return TryAgain.status if any(problem["code"] == TRY_AGAIN for problem in self.problems) else 409


def mismatch() -> OrderRefused:
    return OrderRefused([{"code": IDEMPOTENCY_MISMATCH, "message": MISMATCH}])


def order_of(answer: Mapping[str, Any], leave: Callable[[], None]) -> dict[str, Any]:
    """The order, without the payment token, as in GraphQL. Raises createOrder's refusal as an error of the request.

    `leave` is called before, when the order does not exist. After TRY_AGAIN it may: the same request asks for it again.
    """
    if answer["success"]:
        return {name: value for name, value in answer["order"].items() if name != "paymentToken"}
    # Fields of a problem that do not apply to it are null.
    problems = [{key: value for key, value in each.items() if value is not None} for each in answer["problems"]]
    refused = OrderRefused(problems)
    if refused.status == TryAgain.status:
        raise refused
    leave()
    if all(problem["code"] == INVALID_INPUT for problem in problems):
        raise InvalidInput("; ".join(str(problem["message"]) for problem in problems))
    raise refused
