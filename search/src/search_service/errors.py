"""The errors of search."""

from ecom.errors import TryAgain


class TooManyChanges(TryAgain):
    """Other writers changed the rows at every attempt."""

    def __init__(self) -> None:
        super().__init__("the rows of these products are being changed")
