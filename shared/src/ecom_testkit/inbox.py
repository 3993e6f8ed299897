"""An inbox kept in memory. Passes the same contract suite as the table."""

from collections.abc import Callable

from ecom.dynamo import Write
from ecom.inbox import Event, Outcome, Verdict, judge, key_of, sequence_of


class InboxInMemory:
    """`write` applies a write; by default writes are only recorded. It may raise Outdated, as the table does."""

    def __init__(self, write: Callable[[Write], None] | None = None) -> None:
        self.written: list[Write] = []
        self.seen: set[str] = set()
        self.newest_of: dict[str, int] = {}
        self._do = write or self.written.append

    def once(self, event: Event, *writes: Write) -> Verdict:
        if self.knows(event):
            return Verdict(Outcome.REPEAT)
        self._write(writes)
        self.seen.add(key_of("event", event.source, event.event_id))
        return Verdict(Outcome.HANDLED)

    def newest(self, event: Event, subject: str, *writes: Write) -> Verdict:
        sequence = sequence_of(event)
        if sequence is None:
            return self.once(event, *writes)
        key = key_of("newest", event.source, subject)
        verdict = judge(self.newest_of.get(key), sequence)
        if verdict.is_new:
            self._write(writes)
            self.newest_of[key] = sequence
        return verdict

    def knows(self, event: Event) -> bool:
        return key_of("event", event.source, event.event_id) in self.seen

    def _write(self, writes: tuple[Write, ...]) -> None:
        for write in writes:
            self._do(write)
