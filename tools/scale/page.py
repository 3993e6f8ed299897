"""The generated part of docs/scale.md."""

import re

from tools import ROOT
from tools.bench._measured import Measured
from tools.project.problems import Problem
from tools.project.services import of_platform
from tools.scale import observability, prices
from tools.scale.consumers import own_limits, seconds_used
from tools.scale.limits import assumptions, limits
from tools.scale.model import at_rest, bounds, counts, monthly

PAGE = ROOT / "docs" / "scale.md"
PER_ORDER = ROOT / "tools" / "scale" / "per_order.json"
REGION = "eu-west-1"
RATES = (1, 10, 100, 1000)
BEGIN, END = "<!-- begin: the model, from `make scale` -->", "<!-- end: the model -->"
_BLOCK = re.compile(rf"{re.escape(BEGIN)}\n(.*?){re.escape(END)}", re.DOTALL)


def tables(measured: Measured, region: str = REGION) -> str:
    """All tables of the model, as Markdown."""
    used = counts(measured)
    parts = [
        _throttled({**used, **seconds_used(measured)}, region),
        _costs(used),
        _at_rest(),
        _observability(used),
        _used(measured, used),
        _assumed(),
    ]
    return "\n".join(parts)


def page(text: str, measured: Measured) -> str:
    """The page with its tables made anew."""
    if not _BLOCK.search(text):
        raise Problem(f"docs/scale.md: the lines `{BEGIN}` and `{END}` are missing; add them around the tables")
    return _BLOCK.sub(lambda _: f"{BEGIN}\n{tables(measured)}{END}", text)


def _throttled(used: dict[str, float], region: str) -> str:
    rows = [
        f"### What is throttled first, in {region}\n",
        "| | orders/s | limit | an order uses | what to do |",
        "|---|---|---|---|---|",
    ]
    for place, bound in enumerate(bounds(used, [*limits(), *own_limits(used)], region), 1):
        limit = bound.limit
        name = f"[{limit.name}]({limit.source})" if limit.source else limit.name
        value = f"{limit.of(region):,.0f} {limit.unit}"
        note = f" ({limit.note})" if limit.note else ""
        amount = f"{bound.amount:,.3g} {', '.join(limit.uses)}"
        rows.append(f"| {place} | {_short(bound.rate)} | {name}: {value}{note} | {amount} | {limit.remedy} |")
    return "\n".join(rows) + "\n"


def _costs(used: dict[str, float]) -> str:
    months = {rate: monthly(used, rate) for rate in RATES}
    services = sorted(months[1], key=lambda name: -months[1][name])
    rows = [
        f"### What a month costs, in US dollars\n\nList prices of {prices.REGION}, {prices.DATE}.\n",
        f"| | 1,000 orders | {' | '.join(f'{rate:,} orders/s' for rate in RATES)} |",
        f"|---|---|{'---|' * len(RATES)}",
    ]
    each = prices.of(used)
    for name in (*services, "**all**"):
        of = [costs.get(name, sum(costs.values())) for costs in (each, *months.values())]
        rows.append(f"| {name} | {of[0] * 1000:.3f} | {' | '.join(f'{cost:,.0f}' for cost in of[1:])} |")
    return "\n".join(rows) + "\n"


def _at_rest() -> str:
    rows = ["### What a month costs without an order\n", "| what | how many | US dollars |", "|---|---|---|"]
    found = at_rest(of_platform().values())
    rows += [f"| {kind} | {count} | {cost:.2f} |" for kind, (count, cost) in found.items()]
    rows.append(f"| **all** | | {sum(cost for _, cost in found.values()):.2f} |")
    return "\n".join(rows) + "\n"


def _observability(used: dict[str, float]) -> str:
    traces = used.get("X-Ray traces", 0.0)
    found = observability.monthly(of_platform().values(), traces)
    whole = sum(cost for _, cost, _ in found.values())
    rows = ["### Of which observability\n", "| what | how many | US dollars a month | off with |", "|---|---|---|---|"]
    rows += [f"| {what} | {count:,} | {cost:.2f} | {off} |" for what, (count, cost, off) in found.items()]
    rows.append(f"| **all** | | {whole:.2f} | |")
    without = whole - sum(cost for what, (_, cost, _) in found.items() if "X-Ray" in what)
    lines = used.get("log bytes", 0.0)
    rates = observability.for_1000_orders(without, lines, traces)
    share = ", ".join(f"{cost:.3f} at {rate:g} orders/s" for rate, cost in rates.items())
    uses = f"{lines:,.0f} bytes of metrics in logs and {traces:g} traces each"
    rows.append(f"\nFor 1,000 orders, with {uses}: {share}.")
    return "\n".join(rows) + "\n"


def _used(measured: Measured, used: dict[str, float]) -> str:
    rows = [f"### What an order uses, measured {measured.date}\n", "| what | order | mails |", "|---|---|---|"]
    names = [name for name in used if name in measured.units or name in measured.mails]
    rows += [
        f"| {name} | {measured.units.get(name, 0):,g} | {measured.mails.get(name, 0):,g} |"
        for name in sorted(names)
        if name not in ("Lambda seconds", "Lambda GB-seconds")
    ]
    written = ", ".join(f"{name} {amount:g}" for name, amount in sorted(measured.written_by_service.items()))
    return "\n".join([*rows, f"\nWrite units by service: {written}."]) + "\n"


def _assumed() -> str:
    rows = ["### What is assumed\n", "| what | value | why |", "|---|---|---|"]
    rows += [f"| {name} | {given['value']:,} | {given['why']} |" for name, given in assumptions().items()]
    return "\n".join(rows) + "\n"


def _short(rate: float) -> str:
    return f"{rate:,.0f}" if rate >= 10 else f"{rate:.2g}"
