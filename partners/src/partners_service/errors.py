"""Errors of partners. The type shows whose fault it is and whether a retry helps (ecom.errors)."""

from ecom.errors import NotFound


class NoSuchOrder(NotFound):
    """It does not exist, or another partner has it."""

    def __init__(self) -> None:
        super().__init__("there is no such order")
