"""The errors of the catalogue."""

from ecom.errors import CallerFault, InvalidInput, NotFound


class NoSuchProduct(NotFound):
    def __init__(self, product_id: str) -> None:
        super().__init__(f"there is no product {product_id[:200]!r}")


class ProductChanged(CallerFault):
    """Another administrator changed the product since the caller read it."""

    type = "CONFLICT"
    status = 409

    def __init__(self, product_id: str) -> None:
        super().__init__(f"product {product_id!r} was changed meanwhile; read it again")


class ProductExists(InvalidInput):
    def __init__(self, product_id: str) -> None:
        super().__init__(f"product {product_id!r} exists already with other content; use updateProduct")
