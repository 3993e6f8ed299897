"""Errors of carts. The type shows whose fault it is and whether a retry helps (ecom.errors)."""

from ecom.errors import CallerFault, NotFound, TryAgain


class NoSuchCart(NotFound):
    """No anonymous cart has this id. The id of a shopper's cart opens none."""

    def __init__(self) -> None:
        super().__init__("there is no such cart, or it has expired")


class UnknownProduct(CallerFault):
    type = "UNKNOWN_PRODUCT"

    def __init__(self, product_id: str) -> None:
        super().__init__(f"the catalogue has no product {product_id!r}")


class VersionConflict(CallerFault):
    """The cart is at another version than the caller expected."""

    type = "CONFLICT"
    status = 409

    def __init__(self, version: int) -> None:
        super().__init__(f"the cart is at version {version}; read it again")


class TooManyConflicts(TryAgain):
    """Other requests changed the cart at every attempt."""

    def __init__(self) -> None:
        super().__init__("the cart is being changed by other requests")


class CartGone(TryAgain):
    """The cart was merged or deleted while a change of it had no answer. The change may be in the merged cart."""

    def __init__(self) -> None:
        super().__init__("the cart was merged meanwhile; the change may be in the merged cart")
