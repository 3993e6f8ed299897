"""Products of the catalogue as a cart shows them."""

from cart_service.catalogue import product_from
from cart_service.domain import Product


def test_a_product_with_all_fields() -> None:
    answered = {
        "productId": "kettle",
        "name": "Kettle",
        "price": 3990,
        "package": {"weight": 900, "width": 0, "other": 1},
        "pictures": ["k.jpg"],
        "currency": "EUR",
    }
    assert product_from(answered) == Product("kettle", "Kettle", 3990, {"width": 0, "weight": 900}, ("k.jpg",))


def test_a_product_without_pictures() -> None:
    answered = {"productId": "kettle", "name": "Kettle", "price": 0, "package": {}}
    assert product_from(answered) == Product("kettle", "Kettle", 0)
