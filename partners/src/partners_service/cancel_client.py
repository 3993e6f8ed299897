"""cancelOrder of *orders*, invoked as a service (orders/README.md)."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from ecom.errors import IllegalMove, NotFound, TryAgain
from ecom.function_client import FunctionClient

if TYPE_CHECKING:
    from mypy_boto3_lambda import LambdaClient

SECONDS = 10.0  # cancelOrder's function ends after this time
REFUSALS = {each.type: each for each in (NotFound, IllegalMove)}


class CancelFunction:
    def __init__(self, client: "LambdaClient", arn: str) -> None:
        self._function = FunctionClient(client, arn, "cancelOrder", SECONDS)

    def cancel(self, order_id: str, user_id: str) -> Mapping[str, Any]:
        answer = self._function.call({"orderId": order_id, "userId": user_id})
        refusal = answer.get("error")
        if refusal is not None:
            raise REFUSALS.get(refusal.get("type"), TryAgain)(str(refusal.get("message")))
        return answer
