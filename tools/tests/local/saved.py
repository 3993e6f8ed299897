"""The files of a cloud's saved state, as text."""

from collections.abc import Iterator
from pathlib import Path

from tools.local import lifecycle
from tools.local.home import Home
from tools.local.persistence.files import CHANGES, SNAPSHOT


def files_of(home: Home) -> list[Path]:
    return [home.state / SNAPSHOT, *sorted((home.state / CHANGES).glob("*.jsonl"))]


def saved_text(home: Home) -> str:
    """Everything that is saved now. A file that becomes a part of the snapshot meanwhile is in that."""

    def texts() -> Iterator[str]:
        for file in reversed(files_of(home)):
            try:
                yield file.read_text()
            except FileNotFoundError:
                continue

    return "".join(texts())


def wait_saved(home: Home, text: str, seconds: float = 20) -> None:
    """Wait until a text is on the disk."""
    assert lifecycle.wait_until(lambda: text in saved_text(home), seconds), f"{text} is not saved"
