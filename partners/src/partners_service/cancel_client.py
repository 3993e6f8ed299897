"""cancelOrder of *orders*, invoked as a service (orders/README.md)."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from ecom import deadline, jsons
from ecom.errors import IllegalMove, NotFound, TryAgain

if TYPE_CHECKING:
    from mypy_boto3_lambda import LambdaClient

SECONDS = 10.0  # cancelOrder's function ends after this time
REFUSALS = {each.type: each for each in (NotFound, IllegalMove)}


class CancelFunction:
    """`arn` is the function's alias. `client` makes one attempt."""

    def __init__(self, client: "LambdaClient", arn: str) -> None:
        self._client = client
        self._arn = arn

    def cancel(self, order_id: str, user_id: str) -> Mapping[str, Any]:
        from botocore.exceptions import BotoCoreError

        deadline.require(SECONDS)
        payload = jsons.dumps({"orderId": order_id, "userId": user_id}).encode()
        try:
            answer = self._client.invoke(FunctionName=self._arn, Payload=payload)
            content: Any = jsons.loads(answer["Payload"].read())
        except (BotoCoreError, ValueError, self._client.exceptions.TooManyRequestsException) as error:
            raise TryAgain(f"cancelOrder did not answer ({type(error).__name__})") from error
        if answer.get("FunctionError") or not isinstance(content, dict):
            raise TryAgain("cancelOrder failed")
        refusal = content.get("error")
        if refusal is not None:
            raise REFUSALS.get(refusal.get("type"), TryAgain)(str(refusal.get("message")))
        return content
