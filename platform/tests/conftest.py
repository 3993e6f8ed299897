"""A fake of the listeners: a fixture, since a folder with the name of a standard module cannot be imported from."""

import pytest

from platform_service.repository import Listeners


class ListenersInMemory:
    """Passes the same tests as the table: see tests/integration."""

    def __init__(self) -> None:
        self.entries: set[tuple[str, str]] = set()
        self.new: dict[str, int] = {}

    def connect(self, connection: str, connected_at: int, expires_at: int) -> None:
        assert expires_at > connected_at
        self.new[connection] = connected_at

    def new_connections(self) -> list[int]:
        return sorted(self.new.values())

    def add(self, service: str, connection: str, expires_at: int) -> None:
        assert expires_at > 0
        self.entries.add((service, connection))
        self.new.pop(connection, None)

    def connections_of(self, service: str) -> list[str]:
        return sorted(connection for name, connection in self.entries if name == service)

    def remove(self, service: str, connection: str) -> None:
        self.entries.discard((service, connection))

    def remove_all(self, connection: str) -> None:
        self.new.pop(connection, None)
        self.entries = {entry for entry in self.entries if entry[1] != connection}


@pytest.fixture
def in_memory() -> Listeners:
    return ListenersInMemory()
