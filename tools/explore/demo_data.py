"""`python -m tools.explore.demo_data`: write a catalogue and three users to the local cloud.

Existing products and users are not changed, so it can run at every start. The passwords are random, of this checkout,
and stored in `.local/demo.json`, which only its owner can read.
"""

import json
import secrets
import shlex
import string
import sys
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from tools.explore.storefront_config import StorefrontConfig, storefront_config
from tools.local.client import Cloud, running_cloud
from tools.local.home import ROOT, Home, LocalCloudError, write_private
from tools.project.aws import Target
from tools.project.environments import read_all
from tools.project.problems import Problem

CATALOGUE = Path(__file__).parent / "demo_catalogue.json"
PREFIX = "/ecommerce/local/"
PREFIX_OF_PRODUCTS = "demo-"
NEEDED = ("products/table/name", "users/user-pool/id", "frontend-api/api/url")
MOST_AT_ONCE = 100  # of BatchGetItem
PEOPLE: dict[str, tuple[str, list[str]]] = {
    "admin": ("admin@example.com", ["admin"]),
    "clerk": ("clerk@example.com", ["warehouse", "delivery"]),
    "shopper": ("shopper@example.com", []),
}


@dataclass(frozen=True)
class Demo:
    """What the first requests need."""

    config: StorefrontConfig
    client_id: str
    passwords: dict[str, str]


def main() -> int:
    try:
        demo = seed(running_cloud())
    except (LocalCloudError, Problem, BotoCoreError, ClientError) as error:
        sys.stderr.write(f"demo data: {error}; repeat with `.venv/bin/python -m tools.explore.demo_data`\n")
        return 1
    sys.stdout.write(summary(demo))
    return 0


def seed(cloud: Cloud) -> Demo:
    place = Target(read_all()["local"], cloud.session(), cloud.endpoint)
    found = place.parameters([PREFIX + name for name in NEEDED])
    parameters = checked({name.removeprefix(PREFIX): value for name, value in found.items()})
    put_catalogue(place, parameters["products/table/name"])
    passwords, client_id = put_people(place, cloud.home, parameters["users/user-pool/id"])
    return Demo(storefront_config(place), client_id, passwords)


def read_parameters(cloud: Cloud) -> dict[str, str]:
    pages = cloud.client("ssm").get_paginator("get_parameters_by_path").paginate(Path=PREFIX, Recursive=True)
    found = {item["Name"].removeprefix(PREFIX): item["Value"] for page in pages for item in page["Parameters"]}
    return checked(found)


def checked(found: dict[str, str]) -> dict[str, str]:
    """The same parameters. Raises a LocalCloudError when the platform is not deployed."""
    missing = set(NEEDED) - set(found)
    if missing:
        raise LocalCloudError(f"the platform is not deployed ({', '.join(sorted(missing))} missing): `make deploy`")
    return found


def catalogue() -> list[dict[str, Any]]:
    """The products. `stock` is how many there are; without it the product is always available."""
    products: list[dict[str, Any]] = json.loads(CATALOGUE.read_text())
    return products


def put_catalogue(place: Target, table: str) -> None:
    """Write the missing products to the table. The platform publishes an event for each. Existing ones may have been
    changed, and stay."""
    from boto3.dynamodb.types import TypeSerializer

    dynamodb, serialize = place.client("dynamodb"), TypeSerializer().serialize
    now = datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
    products = catalogue()
    existing = ids_of(dynamodb, table, [product["productId"] for product in products])
    for product in products:
        if product["productId"] in existing:
            continue
        item = {key: value for key, value in product.items() if key != "stock"}
        item |= {"createdDate": now, "modifiedDate": now}
        with suppress(dynamodb.exceptions.ConditionalCheckFailedException):  # another process was faster
            dynamodb.put_item(
                TableName=table,
                Item={key: serialize(value) for key, value in item.items()},
                ConditionExpression="attribute_not_exists(productId)",
            )


def ids_of(dynamodb: Any, table: str, wanted: Sequence[str]) -> set[str]:
    """Those of the ids that DynamoDB returns. It may return fewer than exist."""
    found: set[str] = set()
    for start in range(0, len(wanted), MOST_AT_ONCE):
        keys = [{"productId": {"S": each}} for each in wanted[start : start + MOST_AT_ONCE]]
        request = {table: {"Keys": keys, "ProjectionExpression": "productId", "ConsistentRead": True}}
        answer = dynamodb.batch_get_item(RequestItems=request)
        found.update(item["productId"]["S"] for item in answer["Responses"].get(table, ()))
    return found


def put_people(place: Target, home: Home, pool: str) -> tuple[dict[str, str], str]:
    """The passwords by person, and an app client that accepts a password, which the storefront's client does not."""
    cognito = place.client("cognito-idp")
    notes = home.folder / "demo.json"
    known = read_notes(notes)
    if known.get("pool") != pool:
        client = cognito.create_user_pool_client(
            UserPoolId=pool,
            ClientName="demo",
            ExplicitAuthFlows=["ALLOW_USER_PASSWORD_AUTH", "ALLOW_REFRESH_TOKEN_AUTH"],
        )
        known = {"pool": pool, "client": client["UserPoolClient"]["ClientId"], "passwords": {}}
    # A person who is new gets a password, the others keep theirs.
    known["passwords"] = {name: new_password() for name in PEOPLE} | known["passwords"]
    write_private(notes, json.dumps(known))
    for name, (email, groups) in PEOPLE.items():
        put_person(cognito, pool, email, known["passwords"][name], groups)
    return known["passwords"], known["client"]


def put_person(cognito: Any, pool: str, email: str, password: str, groups: list[str]) -> None:
    attributes = [{"Name": "email", "Value": email}, {"Name": "email_verified", "Value": "true"}]
    try:
        cognito.admin_create_user(UserPoolId=pool, Username=email, UserAttributes=attributes, MessageAction="SUPPRESS")
    except cognito.exceptions.UsernameExistsException:
        return
    cognito.admin_set_user_password(UserPoolId=pool, Username=email, Password=password, Permanent=True)
    for group in groups:
        cognito.admin_add_user_to_group(UserPoolId=pool, Username=email, GroupName=group)


def read_notes(notes: Path) -> dict[str, Any]:
    try:
        found = json.loads(notes.read_text())
    except (FileNotFoundError, ValueError):
        return {}
    return found if isinstance(found, dict) else {}


def new_password() -> str:
    characters = "".join(secrets.choice(string.ascii_letters + string.digits) for _ in range(16))
    return f"Aa1!{characters}"


def env_file() -> Path:
    """The file with the administrator's credentials for a shell, from the checkout's root."""
    file = Home.from_environment().env
    return file.relative_to(ROOT) if file.is_relative_to(ROOT) else file


def summary(demo: Demo) -> str:
    """The text that `make run` ends with."""
    query = '{"query": "{ getProducts { products { productId name price } nextToken } }"}'
    url, key, endpoint = demo.config.apiUrl, demo.config.apiKey, demo.config.cognitoUrl
    return f"""
The platform is ready. It listens on 127.0.0.1 only and holds a small catalogue.

For a storefront (`make config FORMAT=json`, `env` or `amplify` prints the same for programs):
{demo.config.as_lines()}  console    {endpoint}/_local/console
  events     {endpoint}/_local/events
  mail       {endpoint}/_local/mail
  TLS        the same port; clients must trust {Home.from_environment().certificate}

People:
  admin@example.com    {demo.passwords["admin"]}
  clerk@example.com    {demo.passwords["clerk"]}
  shopper@example.com  {demo.passwords["shopper"]}
  (the app client {demo.client_id} accepts a password, the storefront's client SRP)

Try:
  curl -s {url} -H 'x-api-key: {key}' -d '{query}'

As on AWS, with any SDK or the AWS CLI:
  . {shlex.quote(str(env_file()))} && aws ssm get-parameters-by-path --path {PREFIX} --recursive

Next: `make demo` (an order, from the cart to the parcel), docs/getting_started.md, docs/storefront.md
"""


if __name__ == "__main__":
    sys.exit(main())
