"""The engine's lists that only grow: stream records, archived events, sent mails.

Their entries never change, so a save holds only the new ones. `engine_limits.py` bounds their length.
"""

from collections.abc import Iterator, Mapping
from typing import Any

from tools.local.aws.dynamodb.engine_streams import unread
from tools.local.aws.ses.engine_sending import sent_lists
from tools.local.engine.patching import core, service
from tools.local.persistence.parts import GrowingLists, Part, first_number, in_order, part_name

Services = dict[str, Any]
Scopes = Mapping[tuple[str, ...], Mapping[str, Any]]


class _Lists:
    """The common part of the sources below."""

    kind: str

    def __init__(self) -> None:
        self._grown = GrowingLists()
        self._read: dict[str, int] = {}

    def lists(self) -> Iterator[tuple[tuple[str, ...], list[Any]]]:
        raise NotImplementedError

    def take(self) -> dict[str, Part]:
        return self._grown.take(self._named())

    def _named(self) -> dict[str, list[Any]]:
        return {part_name(self.kind, *scope): entries for scope, entries in self.lists()}

    def entries(self, parts: Scopes, scope: tuple[str, ...]) -> list[Any]:
        """The saved entries of one list."""
        rows = parts.get(scope, {})
        if rows:
            self._read[part_name(self.kind, *scope)] = first_number(rows)
        return in_order(rows)

    def forget(self) -> None:
        self._grown.forget()

    def loaded(self) -> None:
        self._grown.loaded(self._named(), self._read)


class StreamRecords(_Lists):
    """The unread records of every stream."""

    kind = "stream"

    def lists(self) -> Iterator[tuple[tuple[str, ...], list[Any]]]:
        return ((scope, records) for scope, _, records in unread())

    def remove_parts(self, services: Services) -> None:
        """Nothing to do: they are in no service's state."""

    def restore_parts(self, services: Services, parts: Scopes) -> None:
        for stream in services.get("table_streams", {}).get("streams", ()):
            stream["records"] = self.entries(parts, tuple(stream["scope"]))


class ArchivedEvents(_Lists):
    """The events of every archive."""

    kind = "archive"

    def lists(self) -> Iterator[tuple[tuple[str, ...], list[Any]]]:
        for scope, archive in service("eventbridge")._archives.all_items():
            if archive.get("Events"):
                yield scope, archive["Events"]

    def remove_parts(self, services: Services) -> None:
        if "eventbridge" in services:
            kept = _without(services["eventbridge"]["archives"], "Events")
            services["eventbridge"] = {**services["eventbridge"], "archives": kept}

    def restore_parts(self, services: Services, parts: Scopes) -> None:
        archives = services.get("eventbridge", {}).get("archives")
        for scope, archive in archives.all_items() if archives else ():
            archive["Events"] = self.entries(parts, scope)


class SentMails(_Lists):
    """The mailbox, which the engine does not save."""

    kind = "mail"

    def lists(self) -> Iterator[tuple[tuple[str, ...], list[Any]]]:
        return ((scope, mails) for scope, mails in sent_lists() if mails)

    def remove_parts(self, services: Services) -> None:
        """Nothing to do: they are in no service's state."""

    def restore_parts(self, services: Services, parts: Scopes) -> None:  # noqa: ARG002 - a source's signature
        for scope in parts:
            service("ses")._sent_emails.set_scoped(*scope, self.entries(parts, scope))


def _without(records: Any, name: str) -> Any:
    """A copy of the engine's mapping whose records lack one entry."""
    kept = core("core.responses").AccountRegionScopedDict()
    for scope, record in records.all_items():
        kept.set_scoped(*scope, {key: value for key, value in record.items() if key != name})
    return kept
