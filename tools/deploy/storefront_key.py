"""When the storefront's API key expires. AppSync sends no reminder and has no metric for it."""

import time
from collections.abc import Iterable

from tools.deploy.account import Account, Row

# A deployment renews a key of which less than half a year is left.
SOON_DAYS = 60
DAY = 86_400


def api_key(account: Account) -> Iterable[Row]:
    """The storefront's API key."""
    yield from expiry(account, time.time())


def expiry(account: Account, now: float) -> Iterable[Row]:
    what, environment = "storefront's API key", account.target.environment
    name = f"/ecommerce/{environment.name}/frontend-api/api/id"
    api_id = account.target.parameters([name]).get(name)
    if api_id is None:
        yield Row(what, "ok", "none yet: frontend-api creates it")
        return
    pages = account.target.client("appsync").get_paginator("list_api_keys").paginate(apiId=api_id)
    ends = min((key["expires"] for page in pages for key in page["apiKeys"]), default=0)
    days, renew = int((ends - now) // DAY), environment.command("deploy", "frontend-api")
    if days < 0:
        yield Row(what, "missing", "expired: storefronts get 401", renew)
    elif days < SOON_DAYS:
        yield Row(what, "limit", f"expires in {days} days", f"{renew} renews it")
    else:
        yield Row(what, "ok", f"expires in {days} days")
