"""What every implementation of `Products` promises. The fake and the table both inherit it."""

import pytest

from ecom.errors import InvalidToken
from products.tests.builders import product
from products_service.errors import NoSuchProduct, ProductExists
from products_service.repository import PAGE, Products


class ProductsContract:
    @pytest.fixture
    def products(self) -> Products:
        raise NotImplementedError

    def test_what_was_created_can_be_read(self, products: Products) -> None:
        products.create(product(), "request-1")
        assert products.get("kettle") == product()
        assert products.get("unknown") is None

    def test_creating_again_with_the_same_content_answers_what_stands(self, products: Products) -> None:
        products.create(product(), "request-1")
        later = product(createdDate="2027-01-01T00:00:00.000Z")
        assert products.create(later, "request-2") == product()

    def test_creating_other_content_under_the_id_is_refused_and_changes_nothing(self, products: Products) -> None:
        products.create(product(), "request-1")
        with pytest.raises(ProductExists):
            products.create(product(price=1), "request-2")
        assert products.get("kettle") == product()

    def test_an_update_replaces_all_but_the_creation_date(self, products: Products) -> None:
        products.create(product(), "request-1")
        changed = product(price=1, modifiedDate="2026-04-01T00:00:00.000Z", createdDate="2026-04-01T00:00:00.000Z")
        del changed["category"], changed["tags"]
        updated = products.update(changed, "request-2")
        assert updated == {**changed, "createdDate": product()["createdDate"]}
        assert products.get("kettle") == updated
        assert products.page_of_category("kitchen", None).products == []

    def test_only_what_exists_is_updated_or_deleted(self, products: Products) -> None:
        with pytest.raises(NoSuchProduct):
            products.update(product(), "request-1")
        with pytest.raises(NoSuchProduct):
            products.delete("kettle")
        assert products.get("kettle") is None

    def test_deleting_answers_what_was(self, products: Products) -> None:
        products.create(product(), "request-1")
        assert products.delete("kettle") == product()
        assert products.get("kettle") is None

    def test_many_are_found_at_once_each_named_once_or_often(self, products: Products) -> None:
        for number in range(120):
            products.create(product(productId=f"p{number:03}"), "request-1")
        wanted = [f"p{number:03}" for number in range(120)] * 2 + ["unknown"]
        found = products.get_many(wanted)
        assert sorted(found) == sorted(set(wanted) - {"unknown"})
        assert found["p007"] == product(productId="p007")

    def test_the_catalogue_is_read_to_its_end_each_product_once(self, products: Products) -> None:
        for number in range(2 * PAGE + 3):
            products.create(product(productId=f"p{number:03}"), "request-1")
        assert self.read_all(products, None) == [f"p{number:03}" for number in range(2 * PAGE + 3)]

    def test_a_category_is_read_to_its_end_and_holds_nothing_else(self, products: Products) -> None:
        for number in range(PAGE + 3):
            products.create(product(productId=f"k{number:03}"), "request-1")
            products.create(product(productId=f"g{number:03}", category="garden"), "request-1")
        assert self.read_all(products, "kitchen") == [f"k{number:03}" for number in range(PAGE + 3)]
        assert products.page_of_category("nothing", None).products == []

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

    @staticmethod
    def read_all(products: Products, category: str | None) -> list[str]:
        found: list[str] = []
        token: str | None = None
        while True:
            page = products.page_of_category(category, token) if category else products.page(token)
            found += [str(item["productId"]) for item in page.products]
            assert len(page.products) <= PAGE
            token = page.next_token
            if token is None:
                return sorted(found)
