"""What reconciliation reads: the tables, the provider and its secret, and the bus, found by SSM parameters."""

from collections.abc import Mapping
from dataclasses import dataclass

from ecom.publish import Publisher
from ecom.schemas import Schemas
from ecom.stored_secret import StoredSecret
from reconciliation_service.provider import Provider
from reconciliation_service.repository import Repository, TableNames
from tools import ROOT
from tools.project.aws import Target
from tools.project.problems import Problem

NEEDED = (
    "orders/table/name",
    "payment/table/name",
    "warehouse/table/name",
    "delivery/table/name",
    "orders/payment-tokens-table/name",
    "payment/refunds-table/name",
    "returns/table/name",
    "cart/checkouts-table/name",
    "partners/requests-table/name",
    "payment-3p/api/url",
    "payment-3p/secret/arn",
    "platform/event-bus/name",
)


@dataclass(frozen=True)
class Sources:
    repository: Repository
    provider: Provider
    publisher: Publisher


def sources_of(target: Target) -> Sources:
    """Raises a Problem that names what is not deployed."""
    found = _parameters(target)
    tables = TableNames(
        orders=found["orders/table/name"],
        payment=found["payment/table/name"],
        warehouse=found["warehouse/table/name"],
        delivery=found["delivery/table/name"],
        payment_tokens=found["orders/payment-tokens-table/name"],
        returns=found["returns/table/name"],
        refunds=found["payment/refunds-table/name"],
        checkouts=found["cart/checkouts-table/name"],
        partner_requests=found["partners/requests-table/name"],
    )
    schemas = Schemas(*sorted(ROOT.glob("*/events")))
    return Sources(
        Repository(target.client("dynamodb"), tables),
        Provider(
            found["payment-3p/api/url"],
            StoredSecret(target.client("secretsmanager"), found["payment-3p/secret/arn"]),
        ),
        Publisher(target.client("events"), found["platform/event-bus/name"], schemas),
    )


def _parameters(target: Target) -> Mapping[str, str]:
    prefix = f"/ecommerce/{target.environment.name}/"
    values = target.parameters([f"{prefix}{name}" for name in NEEDED])
    found = {name.removeprefix(prefix): value for name, value in values.items()}
    missing = [name for name in NEEDED if name not in found]
    if missing:
        services = sorted({name.split("/")[0] for name in missing})
        raise Problem(f"{', '.join(services)} not deployed: {' '.join(f'`make deploy-{name}`' for name in services)}")
    return found
