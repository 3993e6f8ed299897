"""`make reindex`: rows that differ are written, others are not, while events go on."""

import json
import time
from collections.abc import Callable, Iterator, Mapping
from email.utils import formatdate
from typing import Any
from urllib.parse import parse_qs, urlsplit

import boto3
import pytest
import yaml
from botocore.credentials import Credentials
from moto import mock_aws

from ecom import deadline
from ecom.catalogue_client import CatalogueClient
from ecom.http import Request, SignedClient
from ecom_testkit.templates import create_table_request
from search_service.clients import LevelsClient
from search_service.refreshing import Refreshing
from search_service.repository import Rows
from search_service.rows import MAX_ID_BYTES
from tools import ROOT
from tools.local.aws.apigateway.body_validation import problem_of
from tools.operate.reindex import Reindex, now
from tools.project.services import read_template

NOON = 1_772_366_400_000
WAREHOUSE = yaml.safe_load((ROOT / "warehouse" / "openapi.yaml").read_text())["components"]["schemas"]
PAGE = 20


class Shop:
    """The catalogue and the warehouse behind their REST APIs, and the index."""

    def __init__(self, client: Any) -> None:
        self.products: dict[str, Mapping[str, Any]] = {}
        self.levels: dict[str, str] = {}
        self.printed: list[str] = []
        self.sent: list[Request] = []
        self.meanwhile: Callable[[], object] | None = None
        signed = SignedClient(lambda: Credentials("key", "secret"), "eu-west-1", self.answer)
        catalogue, self.rows = CatalogueClient(signed, "https://products"), Rows(client, "Table")
        self.refreshing = Refreshing(self.rows, catalogue, LevelsClient(signed, "https://warehouse"), lambda: NOON)
        self.reindex = Reindex(catalogue, self.rows, self.refreshing, self.printed.append)

    def answer(self, request: Request) -> tuple[int, bytes]:
        self.sent.append(request)
        if request.method == "POST" and problem_of(WAREHOUSE["LevelsRequest"], request.body, required=True):
            return 400, b"{}"
        return 200, json.dumps(self._body(request)).encode()

    def _body(self, request: Request) -> Any:
        if request.method == "POST":
            asked = json.loads(request.body)["productIds"]
            return {
                "levels": [{"productId": each, "level": self.levels.get(each, "IN"), "version": 1} for each in asked]
            }
        query = parse_qs(urlsplit(request.url).query)
        if "ids" in query:
            found = [self.products[each] for each in query["ids"] if each in self.products]
            meanwhile, self.meanwhile = self.meanwhile, None
            if meanwhile:
                meanwhile()
            return {"products": found}
        start = int(query.get("after", ["0"])[0])
        page = list(self.products.values())[start : start + PAGE]
        return {"products": page, **({"after": str(start + PAGE)} if len(self.products) > start + PAGE else {})}

    def put(self, *product_ids: str, name: str = "Kettle") -> None:
        for each in product_ids:
            self.products[each] = {"productId": each, "name": name, "price": 1, "package": {}}

    def names(self) -> dict[str, str]:
        return {row.product_id: json.loads(row.product)["name"] for row in self.rows.all() if row.product}


@pytest.fixture
def shop(fake_aws: None) -> Iterator[Shop]:
    table = read_template(ROOT / "search" / "template.yaml")["Resources"]["Table"]
    with mock_aws():
        client = boto3.client("dynamodb", region_name="us-east-1")
        client.create_table(TableName="Table", **create_table_request(table["Properties"]))
        yield Shop(client)


def test_a_whole_catalogue_gets_its_rows(shop: Shop) -> None:
    shop.put(*(f"p-{number:03}" for number in range(130)))
    assert shop.reindex.run(dry=False) == "130 products compared, 130 rows written"
    assert shop.names() == dict.fromkeys(shop.products, "Kettle")


@pytest.mark.parametrize("product_id", ["x" * 201, "x" * MAX_ID_BYTES, "\u00e9" * (MAX_ID_BYTES // 2)])
def test_a_product_with_a_long_id_gets_a_row_and_keeps_none_from_theirs(shop: Shop, product_id: str) -> None:
    """It was put into the table of products: createProduct takes no such id."""
    shop.put("before", product_id, "behind", "x" * (MAX_ID_BYTES + 1))
    assert shop.reindex.run(dry=False) == "3 products compared, 3 rows written"
    assert shop.names() == dict.fromkeys(("before", product_id, "behind"), "Kettle")


def test_what_is_right_is_not_written_again(shop: Shop) -> None:
    shop.put("p-1", "p-2")
    shop.reindex.run(dry=False)
    before = list(shop.rows.all())
    assert shop.reindex.run(dry=False) == "2 products compared, 0 rows written"
    assert list(shop.rows.all()) == before


def test_rows_that_differ_and_of_products_that_are_gone_are_written(shop: Shop) -> None:
    shop.put("same", "renamed", "sold-out", "gone")
    shop.reindex.run(dry=False)
    shop.put("renamed", name="Pot")
    shop.put("missed")
    del shop.products["gone"]
    shop.levels["sold-out"] = "OUT"
    assert shop.reindex.run(dry=False) == "5 products compared, 4 rows written"
    assert shop.names() == {"same": "Kettle", "renamed": "Pot", "sold-out": "Kettle", "missed": "Kettle"}
    assert shop.rows.get(["sold-out"])["sold-out"].level == "OUT"
    assert shop.reindex.run(dry=False) == "4 products compared, 0 rows written"


def test_a_dry_run_names_what_differs_and_writes_nothing(shop: Shop) -> None:
    shop.put("p-1", "gone")
    shop.reindex.run(dry=False)
    del shop.products["gone"]
    shop.put("p-2", name="New\x1b[31m")
    before = list(shop.rows.all())
    assert shop.reindex.run(dry=True) == "3 products compared, 2 rows differ; nothing was written"
    assert list(shop.rows.all()) == before
    assert [line.partition(":")[0] for line in shop.printed] == ["p-2", "gone"]
    assert shop.printed[1] == "gone: no such product"
    assert "\x1b" not in shop.printed[0]


def test_an_event_that_is_handled_meanwhile_wins(shop: Shop) -> None:
    """The command has read the old product when the product changes."""
    shop.put("p-1")

    def change() -> None:
        shop.put("p-1", name="New")
        shop.refreshing.refresh("p-1")

    shop.meanwhile = change
    assert shop.reindex.run(dry=False) == "1 products compared, 0 rows written"
    assert shop.names() == {"p-1": "New"}


def test_progress_is_said(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tools.operate.reindex.EVERY", 100)
    shop.put(*(f"p-{number:03}" for number in range(120)))
    shop.reindex.run(dry=False)
    assert shop.printed == ["100 products compared, 100 rows written"]


def test_versions_are_times_of_awss_clock(monkeypatch: pytest.MonkeyPatch) -> None:
    """Warm functions look for versions of the last half minute: a slow clock of the operator would hide the rows."""
    monkeypatch.setattr(deadline._Environment, "seconds_behind", 0.0)
    deadline.compare_clocks(formatdate(time.time() + 60, usegmt=True))
    assert 58 < now() / 1000 - time.time() < 62


def test_products_whose_ids_no_request_or_row_can_have_are_left_out(shop: Shop) -> None:
    shop.put("p-1", "x" * 2_000, "," * 50, "p,2")
    assert shop.reindex.run(dry=False) == "2 products compared, 2 rows written"
    assert set(shop.names()) == {"p-1", "p,2"}
