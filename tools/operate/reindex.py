"""Compare the index of product search with the catalogue and the stock, and write the rows that differ.

Searches go on meanwhile, with what the index has. Products that no longer exist leave it. The command may be
interrupted and repeated: what is right already is not written. With --dry-run (make: DRY_RUN=1) it writes nothing and
names the rows that differ.
"""

import argparse
import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any

from ecom import deadline
from ecom.catalogue_client import CatalogueClient
from ecom.dynamo import can_be_key
from ecom.errors import PlatformError
from ecom.http import SignedClient
from ecom.limits import MAX_PRODUCT_IDS
from search_service.clients import LevelsClient
from search_service.refreshing import Refreshing
from search_service.repository import Rows
from search_service.rows import MAX_ID_BYTES, Row
from tools.operate.printable import printable
from tools.project.aws import Target, readable, target
from tools.project.command import Parser, end
from tools.project.environments import chosen
from tools.project.problems import Problem

PARAMETERS = ("products/api/url", "warehouse/api/url", "search/table/name")
EVERY = 500  # products from one line of progress to the next
Say = Callable[[str], object]


class Reindex:
    def __init__(self, catalogue: CatalogueClient, rows: Rows, refreshing: Refreshing, say: Say) -> None:
        self._catalogue, self._rows, self._refreshing, self._say = catalogue, rows, refreshing, say

    def run(self, *, dry: bool) -> str:
        """What is printed at the end."""
        compared = different = 0
        for product_ids in batched_ids(self._ids()):
            for row in self._different(product_ids, dry=dry):
                different += 1
                if dry:
                    self._say(f"{printable(row.product_id)}: {description_of(row)}")
            before, compared = compared, compared + len(product_ids)
            if before // EVERY < compared // EVERY:
                self._say(f"{compared} products compared, {different} rows {'differ' if dry else 'written'}")
        return f"{compared} products compared, {different} rows {'differ; nothing was written' if dry else 'written'}"

    def _different(self, product_ids: list[str], *, dry: bool) -> Iterable[Row]:
        if dry:
            return [found.after for found in self._refreshing.compare(product_ids) if found.is_one]
        return self._refreshing.correct(product_ids)

    def _ids(self) -> Iterator[str]:
        """Each product of the catalogue, and each row that is left of another one, once."""
        seen: set[str] = set()
        for page in self._catalogue.pages():
            for product in page:
                if product["productId"] not in seen:
                    seen.add(product["productId"])
                    yield product["productId"]
        for row in self._rows.all():
            if row.product is not None and row.product_id not in seen:
                yield row.product_id


def batched_ids(product_ids: Iterable[str]) -> Iterator[list[str]]:
    """As many as one request may ask about. *products* takes an id with commas for several ones too."""
    batch: list[str] = []
    size = 0
    for each in product_ids:
        ids = each.count(",") + 1
        if ids > MAX_PRODUCT_IDS or not can_be_key(each, MAX_ID_BYTES):
            continue  # no service can ask for it
        if size + ids > MAX_PRODUCT_IDS:
            yield batch
            batch, size = [], 0
        batch.append(each)
        size += ids
    if batch:
        yield batch


def description_of(row: Row) -> str:
    return "no such product" if row.product is None else f"{row.level}, {printable(row.product)}"


def reindex_of(place: Target, say: Say) -> Reindex:
    environment = place.environment
    names = [f"/ecommerce/{environment.name}/{name}" for name in PARAMETERS]
    found = place.parameters(names)
    if len(found) < len(names):
        missing = sorted({name.split("/")[3] for name in names if name not in found})
        commands = ", ".join(environment.command("deploy", each) for each in missing)
        raise Problem(f"not deployed to {environment.name}: {', '.join(missing)}; run {commands}")
    products_url, warehouse_url, table = (found[name] for name in names)
    client = SignedClient(credentials_of(place), environment.region)
    catalogue, rows = CatalogueClient(client, products_url), Rows(place.client("dynamodb"), table)
    refreshing = Refreshing(rows, catalogue, LevelsClient(client, warehouse_url), now)
    return Reindex(catalogue, rows, refreshing, say)


def now() -> int:
    """Milliseconds since 1970 by AWS's clock, since functions look for versions of the last seconds by theirs. Before a
    row is written the catalogue has answered, so the clock is known."""
    return round(1000 * deadline.api_gateway_time())


def credentials_of(place: Target) -> Callable[[], Any]:
    def read() -> Any:
        credentials = place.session.get_credentials()
        if credentials is None:
            raise Problem("no credentials of AWS were found")
        return credentials.get_frozen_credentials()

    return read


def arguments(argv: Sequence[str]) -> argparse.Namespace:
    parser = Parser(prog="make reindex", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--dry-run", action="store_true", help="write nothing (make: DRY_RUN=1)")
    return parser.parse_args(argv)


def say_now(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


def main(argv: Sequence[str]) -> int:
    asked = arguments(argv)
    try:
        environment = chosen()
        with readable(environment):
            say_now(reindex_of(target(environment), say_now).run(dry=asked.dry_run))
    except PlatformError as error:
        sys.stderr.write(f"reindex: {error.message}; what is written stays: run it again\n")
        return 1
    except Problem as problem:
        sys.stderr.write(f"reindex: {problem}\n")
        return 1
    return 0


if __name__ == "__main__":
    end(main)
