"""API keys of partners: make one, list them, rotate, revoke (partners/README.md).

A key is printed once, when it is made. A partner keeps its orders when its keys change. API Gateway needs up to a
minute until a new key works, or a revoked one does not.
"""

import argparse
import re
import sys
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from ecom.dynamo import Table
from ecom.times import timestamp
from tools.project.aws import Target, readable, target
from tools.project.command import Parser, end
from tools.project.environments import chosen
from tools.project.problems import Problem, WrongUse

# `key-` begins the names of keys without a partner (partners_service.partner_keys).
NAME = re.compile(r"(?!key-)[a-z][a-z0-9-]{0,39}")


@dataclass(frozen=True)
class Partners:
    """The keys of one environment."""

    gateway: Any
    table: Table
    plan: str
    prefix: str

    def keys(self, partner: str = "") -> list[Mapping[str, Any]]:
        """The keys that are not revoked, of one partner or of all, oldest first."""
        items = [item for page in self.table.pages() for item in page if "revokedDate" not in item]
        found = [item for item in items if not partner or item["partner"] == partner]
        return sorted(found, key=lambda item: (str(item["partner"]), str(item["createdDate"])))

    def make(self, partner: str, now: datetime) -> str:
        """A new key. It works once the table knows its partner: before, it belongs to no usage plan."""
        key = self.gateway.create_api_key(name=f"{self.prefix}-{partner}", enabled=True)
        self.table.put({"keyId": key["id"], "partner": partner, "createdDate": timestamp(now)})
        self.gateway.create_usage_plan_key(usagePlanId=self.plan, keyId=key["id"], keyType="API_KEY")
        return str(key["value"])

    def revoke(self, key_id: str, now: datetime) -> None:
        """Delete the key at API Gateway; the table keeps whose it was. May be repeated."""
        with suppress(self.gateway.exceptions.NotFoundException):  # an earlier attempt may have ended here
            self.gateway.delete_api_key(apiKey=key_id)
        self.table.update({"keyId": key_id}, "SET #revokedDate = :now", now=timestamp(now))


def run(partners: Partners, options: argparse.Namespace, now: datetime) -> str:
    """What is printed. Raises Problem."""
    name = options.name
    if not name:
        return _listing(partners.keys())
    if not NAME.fullmatch(name):
        raise WrongUse(f"NAME={name}: lower-case letters, digits and dashes, at most 40, and not key-...")
    existing = partners.keys(name)
    if options.revoke:
        if not existing:
            raise Problem(f"{name} has no key; make partner lists those who have one")
        for key in existing:
            partners.revoke(str(key["keyId"]), now)
        keys = "1 key" if len(existing) == 1 else f"{len(existing)} keys"
        return f"{name}: {keys} revoked; its orders stay"
    if existing and not options.rotate:
        raise Problem(f"{name} has a key already; ROTATE=1 makes a new one and revokes the old, REVOKE=1 revokes it")
    if options.rotate and not existing:
        raise Problem(f"{name} has no key to rotate; make partner NAME={name} makes one")
    value = partners.make(name, now)
    for key in existing:
        partners.revoke(str(key["keyId"]), now)
    return f"{name}: the key, shown only now: {value}"


def _listing(keys: Sequence[Mapping[str, Any]]) -> str:
    if not keys:
        return "no partner has a key; make one: make partner NAME=acme"
    return "\n".join(f"{key['partner']:<40} {key['keyId']}  since {key['createdDate']}" for key in keys)


def partners_of(place: Target) -> Partners:
    environment = place.environment
    names = [f"/ecommerce/{environment.name}/partners/{name}" for name in ("table/name", "usage-plan/id")]
    found = place.parameters(names)
    if len(found) < len(names):
        raise Problem(f"not deployed to {environment.name}: partners; run {environment.command('deploy', 'partners')}")
    table, plan = (found[name] for name in names)
    return Partners(
        place.client("apigateway"), Table(place.client("dynamodb"), table), plan, environment.stack("partners")
    )


def arguments(argv: Sequence[str]) -> argparse.Namespace:
    parser = Parser(prog="make partner", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--name", default="", help="the partner; without it, all keys are listed (make: NAME=)")
    change = parser.add_mutually_exclusive_group()
    change.add_argument("--rotate", action="store_true", help="a new key, and the old ones are revoked (ROTATE=1)")
    change.add_argument("--revoke", action="store_true", help="the partner's keys do not work any more (REVOKE=1)")
    return parser.parse_args(argv)


def main(argv: Sequence[str]) -> int:
    options = arguments(argv)
    try:
        environment = chosen()
        with readable(environment):
            sys.stdout.write(f"{run(partners_of(target(environment)), options, datetime.now(UTC))}\n")
    except Problem as problem:
        sys.stderr.write(f"partner: {problem}\n")
        return 2 if isinstance(problem, WrongUse) else 1
    return 0


if __name__ == "__main__":
    end(main)
