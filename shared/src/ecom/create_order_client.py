"""createOrder of *orders*, as other services invoke it (orders/README.md)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

from ecom.errors import InvalidInput, TryAgain
from ecom.function_client import FunctionClient

if TYPE_CHECKING:
    from mypy_boto3_lambda import LambdaClient

SECONDS = 10.0  # createOrder's function ends after this time
TRY_AGAIN, INVALID_INPUT, IDEMPOTENCY_MISMATCH = "TRY_AGAIN", "INVALID_INPUT", "IDEMPOTENCY_MISMATCH"


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


@dataclass(frozen=True, slots=True)
class Answer:
    """`problems` of a refusal: createOrder's, without the fields that are null."""

    order: Mapping[str, Any] | None
    problems: tuple[Mapping[str, Any], ...] = ()

    @property
    def codes(self) -> frozenset[str]:
        return frozenset(str(problem["code"]) for problem in self.problems)


def read_answer(content: Mapping[str, Any]) -> Answer:
    """The order has no payment token, as in GraphQL."""
    if content["success"]:
        return Answer({name: value for name, value in content["order"].items() if name != "paymentToken"})
    found = ({key: value for key, value in problem.items() if value is not None} for problem in content["problems"])
    return Answer(None, tuple(found))


class OrderRefused(Exception):
    """Each reason is a problem of its own. With the status 503 the same request may succeed."""

    def __init__(self, problems: Sequence[Mapping[str, Any]], status: int = 409) -> None:
        super().__init__(", ".join(str(problem["code"]) for problem in problems))
        self.problems = list(problems)
        self.status = status


def mismatch() -> OrderRefused:
    return OrderRefused([{"code": IDEMPOTENCY_MISMATCH, "message": "it was used for an order with other content"}])


def refusal_of(answer: Answer) -> Exception:
    """createOrder's refusal as an error of the request."""
    if TRY_AGAIN in answer.codes:
        return OrderRefused(answer.problems, status=503)
    if answer.codes == {INVALID_INPUT}:
        return InvalidInput("; ".join(str(problem["message"]) for problem in answer.problems))
    return OrderRefused(answer.problems)
