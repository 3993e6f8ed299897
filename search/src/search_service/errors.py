"""The errors of search."""

from ecom.errors import NotFound


class NoSuchRecord(NotFound):
    def __init__(self) -> None:
        super().__init__("there is no such record")
