"""The counts of one order by the service that AWS bills them to: the owner of the function, table, API or event."""

import json
from collections import defaultdict
from collections.abc import Iterable, Mapping
from typing import Any

from tools.bench._measured import Calls, service_of

# The REST requests of an order, signed by other services -> the service whose API answers.
OWNER_OF_REQUEST = {
    "POST backend/validate": "products",
    "POST backend/pricing": "delivery-pricing",
    "POST backend/reserve": "warehouse",
    "GET backend/{id}": "orders",
}
_API, _MAILS = "frontend-api", "notifications"
ByService = dict[str, dict[str, float]]


def by_service(
    functions: Mapping[str, Mapping[str, float]],
    calls: Calls,
    events: Iterable[Mapping[str, Any]],
    orders: int,
    operations: float,
) -> ByService:
    """`functions`: units of each function for one order. `events` are those of all orders."""
    found: defaultdict[str, defaultdict[str, float]] = defaultdict(lambda: defaultdict(float))
    for function, units in functions.items():
        for name, amount in units.items():
            found[service_of(function)][name] += amount
    for (caller, service, operation, what), amount in calls.items():
        if service == "dynamodb" and what in ("read units", "write units"):
            found[service_of(caller)][f"DynamoDB {what}"] += amount
        elif (service, operation) == ("events", "delivery"):
            found[service_of(caller)]["EventBridge deliveries"] += amount
        elif service == "apigateway" and operation in OWNER_OF_REQUEST:
            found[OWNER_OF_REQUEST[operation]]["REST requests"] += amount
        elif (service, operation) == ("ses", "SendEmail"):
            found[_MAILS]["SES mails"] += amount
    for event in events:
        owner = str(event["source"]).removeprefix("ecommerce.")
        found[owner]["EventBridge events"] += 1 / orders
        found[owner]["archived bytes"] += len(json.dumps(event, separators=(",", ":")).encode()) / orders
    found[_API]["AppSync operations"] += operations
    return {
        service: {name: round(amount, 3) for name, amount in sorted(units.items())}
        for service, units in sorted(found.items())
    }
