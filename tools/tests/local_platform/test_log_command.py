"""The command that an error of GraphQL names."""

import pytest

from tools.local_platform.log_command import log_command


@pytest.mark.parametrize(
    ("function", "command"),
    [
        ("ecommerce-local-orders-on-table-change", "make logs SERVICE=orders FUNCTION=on-table-change"),
        (
            "ecommerce-local-delivery-graphql-get-deliveries",
            "make logs SERVICE=delivery FUNCTION=graphql-get-deliveries",
        ),
        ("ecommerce-local-delivery-pricing-rest-pricing", "make logs SERVICE=delivery-pricing FUNCTION=rest-pricing"),
        ("orders-on-table-change", ""),
        ("ecommerce-local-nobody-on-event", ""),
        ("ecommerce-local-orders", ""),
    ],
)
def test_a_function_of_the_platform_has_a_command(function: str, command: str) -> None:
    assert log_command(function) == command
