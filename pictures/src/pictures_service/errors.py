"""Errors of pictures. The type shows whose fault it is and whether a retry helps (ecom.errors)."""

from ecom.errors import InvalidInput, NotFound, TryAgain


class NoSuchProduct(NotFound):
    def __init__(self) -> None:
        super().__init__("the catalogue has no such product")


class NoSuchPicture(NotFound):
    def __init__(self) -> None:
        super().__init__("there is no such picture")


class TooManyPictures(InvalidInput):
    def __init__(self, most: int) -> None:
        super().__init__(f"a product has at most {most} pictures; delete one first")


class TooManyConflicts(TryAgain):
    """Other requests changed the pictures of the product at every attempt."""

    def __init__(self) -> None:
        super().__init__("the pictures of the product are being changed by other requests")


class BusyBucket(TryAgain):
    """S3 asks to repeat the request."""

    def __init__(self) -> None:
        super().__init__("S3 is busy with the same object")


class NotAPicture(Exception):
    """The uploaded file is refused. The text is the reason that administrators read."""
