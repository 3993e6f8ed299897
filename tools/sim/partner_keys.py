"""The API keys of partners in the table of *partners*, as `make partner` writes them."""

from collections.abc import Iterable
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import boto3

from ecom.dynamo import Table
from ecom.times import timestamp
from tools.sim.people.partner import Partner

if TYPE_CHECKING:
    from tools.sim.people.person import Person
    from tools.sim.world import World


def make_keys(world: "World", people: Iterable["Person"]) -> None:
    table = Table(boto3.client("dynamodb"), world.parameters["partners/table/name"])
    now = timestamp(datetime.fromtimestamp(world.now(), UTC))
    for partner in (each for each in people if isinstance(each, Partner)):
        for key in partner.keys:
            table.put({"keyId": key, "partner": partner.name, "createdDate": now})
