"""Read everything that the platform knows about one order: rows, the provider's ledger, logs, dead letters."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from ecom.dynamo import Table, can_be_key
from ecom.errors import PlatformError
from ecom.money import money
from reconciliation_service.findings import Finding
from reconciliation_service.sweep import Sweep
from tools.operate.ages import age_of
from tools.operate.printable import printable
from tools.operate.reconcile.order_report import LIMITS, OrderReport, records_line, reports
from tools.operate.reconcile.sources import sources_of
from tools.operate.timeline import returns, rows
from tools.operate.timeline.failures import of_dead_letters, of_logs
from tools.operate.timeline.steps import Kind, Step, in_order
from tools.project.aws import Target
from tools.project.problems import Problem
from tools.project.services import discover

Item = Mapping[str, Any]
# Requests of a checkout may come this long before the order, such as a first attempt that failed.
BEFORE = timedelta(minutes=15)
LONGEST_LOGS = timedelta(days=30)
OPTIONAL = ("notifications", "returns")
REQUEST = "order#"  # the key of a packaging request
SHOWN = 40  # characters of an id that is too long


@dataclass(frozen=True, slots=True)
class Timeline:
    order_id: str
    summary: str
    steps: list[Step]


@dataclass(frozen=True, slots=True)
class Rows:
    order: Item | None
    payment: Item | None
    request: Item | None
    delivery: Item | None
    mails: list[Item]
    returns: list[Item]


def timeline_of(
    target: Target, order_id: str, now: datetime, tell: Callable[[str], object] = lambda _line: None
) -> Timeline:
    """Raises a Problem for an order that no service knows. `tell` gets progress: a line while a long queue is read."""
    if not can_be_key(f"{REQUEST}{order_id}"):
        raise Problem(f"no service knows an order {printable(order_id[:SHOWN])}...: DynamoDB has no such key")
    found = rows_of(target, order_id)
    steps = list(_from_rows(found, now))
    try:
        report = _report(target, order_id, now)
    except PlatformError as error:
        summary = f"order {order_id}: {_status(found)}"
        steps.append(Step(None, "payment-3p", Kind.NEXT, f"the ledger is not shown: {error.message}", "UNKNOWN"))
    else:
        summary = records_line(report.records)
        steps += [*_from_ledger(report, found), *_from_comparison(report, now)]
    known = [step.at for step in steps if step.at]
    since = max(min(known, default=now) - BEFORE, now - LONGEST_LOGS)
    steps += of_logs(target, [order_id, *map(returns.id_of, found.returns)], since)
    steps += of_dead_letters(target, discover().values(), order_id, tell)
    return Timeline(order_id, summary, in_order(steps))


def rows_of(target: Target, order_id: str) -> Rows:
    client = target.client("dynamodb")
    tables = _tables(target)

    def item(service: str, key: Item) -> Item | None:
        return Table(client, tables[service]).get(dict(key))

    sent_back = _returns_of(Table(client, tables["returns"]), order_id) if "returns" in tables else []
    mails: list[Item] = []
    if "notifications" in tables:
        table = Table(client, tables["notifications"])
        for about in (order_id, *map(returns.id_of, sent_back)):
            mails += _found(table, KeyConditionExpression="orderId = :about", values={"about": about})
    return Rows(
        item("orders", {"orderId": order_id}),
        item("payment", {"orderId": order_id}),
        item("warehouse", {"id": f"{REQUEST}{order_id}"}),
        item("delivery", {"orderId": order_id}),
        mails,
        sent_back,
    )


def _returns_of(table: Table, order_id: str) -> list[Item]:
    """The index may lag behind the table by a moment. It has the keys alone."""
    found = _found(table, IndexName="order", KeyConditionExpression="orderId = :order", values={"order": order_id})
    return list(table.get_many([{"id": item["id"]} for item in found], consistent=True))


def _found(table: Table, **query: Any) -> list[Item]:
    return [item for page in table.pages(**query) for item in page]


def _tables(target: Target) -> dict[str, str]:
    """Service -> the name of its table. Those of `OPTIONAL` may be left out of an environment."""
    prefix = f"/ecommerce/{target.environment.name}/"
    services = ("orders", "payment", "warehouse", "delivery", *OPTIONAL)
    found = target.parameters([f"{prefix}{service}/table/name" for service in services])
    tables = {name.removeprefix(prefix).removesuffix("/table/name"): value for name, value in found.items()}
    missing = [service for service in services if service not in tables and service not in OPTIONAL]
    if missing:
        raise Problem(f"{', '.join(missing)} not deployed: {' '.join(f'`make deploy-{name}`' for name in missing)}")
    return tables


def _from_rows(found: Rows, now: datetime) -> Iterator[Step]:
    if found.order:
        yield from rows.of_order(found.order)
    if found.request:
        yield from rows.of_request(found.request)
    if found.payment:
        yield from rows.of_payment(found.payment, _currency(found))
    if found.delivery:
        yield from rows.of_delivery(found.delivery)
    yield from map(rows.of_mail, found.mails)
    for item in found.returns:
        yield from returns.of_return(item, now)


def _report(target: Target, order_id: str, now: datetime) -> OrderReport:
    sources = sources_of(target)
    (report,) = reports(Sweep(sources.repository, sources.provider, now, LIMITS, timedelta(days=1)), [order_id])
    return report


def _from_ledger(report: OrderReport, found: Rows) -> Iterator[Step]:
    currency = _currency(found)
    for entry in report.records.ledger.values():
        detail = {
            "status": entry.status,
            "authorised": entry.authorised,
            "captured": entry.captured,
            "refunded": entry.refunded,
        }
        what = f"the provider holds {money(entry.authorised, currency)} of the shopper's card"
        yield Step(entry.created_at, "payment-3p", Kind.MONEY, what, "HELD", "POST /preauth", detail=detail)


def _from_comparison(report: OrderReport, now: datetime) -> Iterator[Step]:
    """What the services disagree about, and what is under way."""
    for finding in report.findings:
        yield _next(finding, now, f"{finding.kind}: {finding.actual}; should be: {finding.expected}")
    for finding in report.under_way:
        expected = "" if finding.is_note else f"; should be: {finding.expected}"
        yield _next(finding, now, f"{finding.actual}{expected}")


def _next(finding: Finding, now: datetime, what: str) -> Step:
    age = f", for {age_of((now - finding.since).total_seconds())}" if finding.since else ""
    return Step(None, "reconciliation", Kind.NEXT, f"{what}{age}", str(finding.kind))


def _currency(found: Rows) -> str:
    value = (found.order or {}).get("currency")
    return value if isinstance(value, str) else ""


def _status(found: Rows) -> str:
    return str((found.order or {}).get("status", "not in the orders table"))
