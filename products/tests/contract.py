"""The contract suite of `Products`, for the fake and the table."""

import pytest

from ecom.errors import InvalidToken
from ecom.pages import encode_token
from products.tests.builders import product
from products_service.errors import NoSuchProduct, ProductChanged, ProductExists
from products_service.repository import PAGE, Products


class ProductsContract:
    @pytest.fixture
    def products(self) -> Products:
        raise NotImplementedError

    def test_a_created_product_can_be_read(self, products: Products) -> None:
        products.create(product(), "request-1")
        assert products.get("kettle") == product()
        assert products.get("unknown") is None

    def test_creating_again_with_the_same_content_returns_the_stored_product(self, products: Products) -> None:
        products.create(product(), "request-1")
        later = product(createdDate="2027-01-01T00:00:00.000Z")
        assert products.create(later, "request-2") == product()

    def test_creating_other_content_under_the_same_id_is_refused_and_changes_nothing(self, products: Products) -> None:
        products.create(product(), "request-1")
        with pytest.raises(ProductExists):
            products.create(product(price=1), "request-2")
        assert products.get("kettle") == product()

    def test_an_update_replaces_everything_but_the_creation_date(self, products: Products) -> None:
        products.create(product(), "request-1")
        changed = product(price=1, modifiedDate="2026-04-01T00:00:00.000Z", createdDate="2026-04-01T00:00:00.000Z")
        del changed["category"], changed["tags"]
        updated = products.update(changed, "request-2")
        assert updated == {**changed, "createdDate": product()["createdDate"]}
        assert products.get("kettle") == updated
        assert products.page_of_category("kitchen", None).items == []

    def test_an_update_of_what_was_changed_meanwhile_is_refused_and_changes_nothing(self, products: Products) -> None:
        read_at = product()["modifiedDate"]
        products.create(product(), "request-1")
        dearer = products.update(product(price=2499, modifiedDate="2026-04-01T00:00:00.000Z"), "request-2", read_at)
        renamed = product(name="Kettle, red", modifiedDate="2026-04-02T00:00:00.000Z")
        with pytest.raises(ProductChanged):
            products.update(renamed, "request-3", read_at)
        assert products.get("kettle") == dearer
        again = product(price=2499, modifiedDate="2026-04-03T00:00:00.000Z")
        assert products.update(again, "request-4", read_at) == dearer  # a repeat of the first update

    def test_an_unknown_product_is_neither_updated_nor_deleted(self, products: Products) -> None:
        with pytest.raises(NoSuchProduct):
            products.update(product(), "request-1")
        with pytest.raises(NoSuchProduct):
            products.update(product(), "request-1", product()["modifiedDate"])
        with pytest.raises(NoSuchProduct):
            products.delete("kettle")
        assert products.get("kettle") is None

    def test_delete_returns_the_deleted_product(self, products: Products) -> None:
        products.create(product(), "request-1")
        assert products.delete("kettle") == product()
        assert products.get("kettle") is None

    def test_many_products_are_read_at_once_with_repeated_ids(self, products: Products) -> None:
        for number in range(120):
            products.create(product(productId=f"p{number:03}"), "request-1")
        wanted = [f"p{number:03}" for number in range(120)] * 2 + ["unknown"]
        found = products.get_many(wanted)
        assert sorted(found) == sorted(set(wanted) - {"unknown"})
        assert found["p007"] == product(productId="p007")

    def test_all_pages_list_each_product_once(self, products: Products) -> None:
        for number in range(2 * PAGE + 3):
            products.create(product(productId=f"p{number:03}"), "request-1")
        assert self.read_all(products, None) == [f"p{number:03}" for number in range(2 * PAGE + 3)]

    def test_all_pages_of_a_category_list_its_products_only(self, products: Products) -> None:
        for number in range(PAGE + 3):
            products.create(product(productId=f"k{number:03}"), "request-1")
            products.create(product(productId=f"g{number:03}", category="garden"), "request-1")
        assert self.read_all(products, "kitchen") == [f"k{number:03}" for number in range(PAGE + 3)]
        assert products.page_of_category("unknown", None).items == []

    def test_a_token_of_another_list_is_refused(self, products: Products) -> None:
        for number in range(PAGE + 3):
            products.create(product(productId=f"k{number:03}"), "request-1")
        of_all = products.page(None).next_token
        of_kitchen = products.page_of_category("kitchen", None).next_token
        for token in (of_kitchen, "garbage", ""):
            with pytest.raises(InvalidToken):
                products.page(token)
        for category, foreign in (("kitchen", of_all), ("garden", of_kitchen)):
            with pytest.raises(InvalidToken):
                products.page_of_category(category, foreign)

    def test_a_token_whose_product_cannot_be_in_the_list_is_refused(self, products: Products) -> None:
        """The id is the sort key of a category, and the partition key of all products."""
        long = "x" * 1025
        assert products.page(encode_token("products", {"productId": long})).items == []
        with pytest.raises(InvalidToken):
            products.page_of_category(
                "kitchen", encode_token("category:kitchen", {"productId": long, "category": "kitchen"})
            )

    @staticmethod
    def read_all(products: Products, category: str | None) -> list[str]:
        found: list[str] = []
        token: str | None = None
        while True:
            page = products.page_of_category(category, token) if category else products.page(token)
            found += [item["productId"] for item in page.items]
            assert len(page.items) <= PAGE
            token = page.next_token
            if token is None:
                return sorted(found)
