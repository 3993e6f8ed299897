"""Publishing to the bus: every event is checked against its schema first, every entry of the response afterwards."""

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any, cast

from ecom import jsons
from ecom.errors import TryAgain
from ecom.events import OutgoingEvent, entry_of, size_of
from ecom.schemas import Schemas

if TYPE_CHECKING:
    from mypy_boto3_events import EventBridgeClient

MAX_ENTRIES = 10
MAX_BYTES = 256 * 1024
ATTEMPTS = 3


class PublishFailed(TryAgain):
    """Some events did not reach the bus. `failed` are their positions in the list to be published."""

    def __init__(self, failed: Sequence[int], codes: Sequence[str]) -> None:
        super().__init__(f"{len(failed)} events were not accepted: {', '.join(sorted(set(codes)))}")
        self.failed = tuple(failed)


class Publisher:
    def __init__(self, client: "EventBridgeClient", bus: str, schemas: Schemas) -> None:
        self._client = client
        self._bus = bus
        self._schemas = schemas

    def check(self, event: OutgoingEvent) -> None:
        """Raise InvalidEvent unless the event, as consumers receive it, fits its schema."""
        # Through JSON, as consumers receive it: a Decimal becomes a number.
        self._schemas.check(event.detail_type, jsons.loads(jsons.dumps(event.document())))

    def publish(self, events: Sequence[OutgoingEvent]) -> None:
        """Publish all, in order. Raises InvalidEvent before anything is sent, PublishFailed for refused events."""
        for event in events:
            self.check(event)
        self.send(events)

    def send(self, events: Sequence[OutgoingEvent]) -> None:
        """Publish events that were checked, in order. Raises PublishFailed for refused events."""
        entries = [(position, entry_of(event, self._bus)) for position, event in enumerate(events)]
        failed: list[tuple[int, str]] = []
        for chunk in chunks(entries):
            failed += self._put(chunk)
        if failed:
            raise PublishFailed([position for position, _ in failed], [code for _, code in failed])

    def _put(self, chunk: list[tuple[int, dict[str, Any]]]) -> list[tuple[int, str]]:
        """Send a chunk, and retry refused entries. Return the entries that the last attempt refused."""
        refused: list[tuple[int, str]] = []
        for _ in range(ATTEMPTS):
            answer = self._client.put_events(Entries=cast("Any", [entry for _, entry in chunk]))
            results = answer.get("Entries", [])
            if len(results) != len(chunk):
                return [(position, "NoAnswer") for position, _ in chunk]
            refused = [
                (position, result.get("ErrorCode", "Unknown"))
                for (position, _), result in zip(chunk, results, strict=True)
                if not result.get("EventId")
            ]
            if not refused:
                return []
            places = {position for position, _ in refused}
            chunk = [(position, entry) for position, entry in chunk if position in places]
        return refused


def chunks(entries: Sequence[tuple[int, dict[str, Any]]]) -> Iterator[list[tuple[int, dict[str, Any]]]]:
    """Split by the limits of PutEvents: ten entries and 256 KiB a request."""
    chunk: list[tuple[int, dict[str, Any]]] = []
    total = 0
    for position, entry in entries:
        size = size_of(entry)
        if chunk and (len(chunk) == MAX_ENTRIES or total + size > MAX_BYTES):
            yield chunk
            chunk, total = [], 0
        chunk.append((position, entry))
        total += size
    if chunk:
        yield chunk
