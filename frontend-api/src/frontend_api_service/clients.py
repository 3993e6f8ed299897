"""Our own GraphQL API, as the one who may publish changes sees it."""

from collections.abc import Mapping
from typing import Any

from ecom.http import SignedClient
from frontend_api_service.domain import MUTATION
from frontend_api_service.errors import NotTold

# A change that subscribers get later than this is better sent by the next attempt.
SECONDS = 6.0


class Subscribers:
    def __init__(self, client: SignedClient, url: str) -> None:
        self._client = client
        self._url = url

    def tell(self, change: Mapping[str, Any]) -> None:
        """Have AppSync hand the change to whoever follows the order. Raises unless it did."""
        answer = self._client.call(
            "POST", self._url, {"query": MUTATION, "variables": {"order": change}}, within=SECONDS
        )
        body = answer.body if isinstance(answer.body, dict) else {}
        if answer.status != 200 or body.get("errors") or not (body.get("data") or {}).get("publishOrderChange"):
            raise NotTold(f"publishOrderChange: {answer.status} {_types(body.get('errors'))}".strip())


def _types(errors: Any) -> str:
    """What kinds of errors; their texts may hold what is personal."""
    if not isinstance(errors, list):
        return ""
    return ", ".join(sorted({str(error.get("errorType")) for error in errors if isinstance(error, dict)}))
