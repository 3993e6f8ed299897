"""The table of the template, on moto, with a catalogue and levels that tests change."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

import boto3
import pytest
from moto import mock_aws

from ecom_testkit.templates import create_table_request
from search_service.following import Following
from search_service.index import Index
from search_service.refreshing import Refreshing
from search_service.repository import Rows
from search_service.snapshots import Snapshots
from tools.project.services import read_template

RESOURCES = read_template(Path(__file__).parents[2] / "template.yaml")["Resources"]
NOON = 1_772_366_400_000  # milliseconds


class Shop:
    """What is true of products, and the service around it. `now` is the clock of all."""

    def __init__(self, client: Any) -> None:
        self.client = client
        self.products: dict[str, Mapping[str, Any]] = {}
        self.levels: dict[str, str] = {}
        self.now = NOON
        self.rows, self.snapshots = Rows(client, "Table"), Snapshots(client, "Table")
        self.asked: list[list[str]] = []
        # Called once, after the catalogue has answered: what happens before the answer is used.
        self.meanwhile: Callable[[], object] | None = None
        self.refreshing = Refreshing(self.rows, self, self, lambda: self.now)

    def find(self, product_ids: Iterable[str]) -> dict[str, Mapping[str, Any]]:
        """As the catalogue."""
        asked = list(product_ids)
        self.asked.append(asked)
        found = {each: self.products[each] for each in asked if each in self.products}
        meanwhile, self.meanwhile = self.meanwhile, None
        if meanwhile:
            meanwhile()
        return found

    def of(self, product_ids: list[str]) -> dict[str, str]:
        """As the warehouse."""
        return {each: self.levels.get(each, "IN") for each in product_ids}

    def put(self, *products: Mapping[str, Any]) -> None:
        """Put products into the catalogue, and refresh their rows."""
        for product in products:
            self.products[product["productId"]] = product
            self.refreshing.refresh(product["productId"])

    def delete(self, product_id: str) -> None:
        del self.products[product_id]
        self.refreshing.refresh(product_id)

    def environment(self) -> Following:
        """A new execution environment."""
        return Following(self.rows, self.snapshots, lambda: self.now)

    def texts(self) -> dict[str, str | None]:
        """What the rows say: the product, as JSON, by id."""
        return {row.product_id: row.product for row in self.rows.all()}


def names(index: Index) -> dict[str, str]:
    return {product_id: entry.name_key for product_id, entry in index.entries.items()}


@pytest.fixture
def dynamodb(fake_aws: None) -> Iterator[Any]:
    with mock_aws():
        client = boto3.client("dynamodb", region_name="us-east-1")
        client.create_table(TableName="Table", **create_table_request(RESOURCES["Table"]["Properties"]))
        yield client


@pytest.fixture
def shop(dynamodb: Any) -> Shop:
    return Shop(dynamodb)
