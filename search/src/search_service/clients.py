"""What *warehouse* says of products. The catalogue is `ecom.catalogue_client`."""

from collections.abc import Sequence

from ecom.http import SignedClient, Unreachable

LEVELS = ("IN", "LOW", "OUT")
SECONDS = 5.0


class LevelsClient:
    def __init__(self, client: SignedClient, url: str) -> None:
        self._client = client
        self._url = f"{url}/backend/levels"

    def of(self, product_ids: Sequence[str]) -> dict[str, str]:
        """The level of each of at most 50 products. Raises Unreachable for an answer outside the contract."""
        if not product_ids:
            return {}
        answer = self._client.call("POST", self._url, {"productIds": list(product_ids)}, within=SECONDS)
        match answer.status, answer.body:
            case 200, {"levels": list(levels)}:
                found = {each["productId"]: each["level"] for each in levels if _is_level(each)}
                if set(found) >= set(product_ids):
                    return found
        raise Unreachable(f"POST /backend/levels: the response {answer.status} is outside the contract")


def _is_level(each: object) -> bool:
    match each:
        case {"productId": str(), "level": str(level)}:
            return level in LEVELS
    return False
