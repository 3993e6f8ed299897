"""The metrics of our own that the code counts, and when each has values: CloudWatch charges for the hours that have."""

import ast
import re
from collections.abc import Iterable, Iterator, Mapping

from ecom.observability import FAILED_ANSWERS, RETRIED_AGE
from tools.project.problems import Problem
from tools.project.services import Service

EVERY_HOUR = "metrics of a schedule, in every hour"
BUSINESS = "business metrics, if each has a value in every hour"
SOMETIMES = "metrics that have values when something goes wrong or stock is contested"
_NAME = re.compile(r"[A-Z][A-Za-z]+")
Metric = tuple[str, str]
"""The service, and the name of the metric."""


def of_code(services: Iterable[Service]) -> dict[str, list[Metric]]:
    """When -> the metrics. A BusinessMetric comes with the orders; the handler of a schedule counts each time."""
    of_shared = {("each function", FAILED_ANSWERS), ("each service with a queue", RETRIED_AGE)}
    found: dict[str, set[Metric]] = {EVERY_HOUR: set(), BUSINESS: set(), SOMETIMES: of_shared}
    for service in services:
        for path in sorted((service.folder / "src").rglob("*.py")):
            tree = ast.parse(path.read_text())
            for call, names in _counted(tree):
                when = BUSINESS if call != "count" else EVERY_HOUR if path.name.startswith("every_") else SOMETIMES
                found[when] |= {(service.name, name) for name in names}
    return {when: sorted(metrics) for when, metrics in found.items()}


def names_of(metrics: Iterable[Metric]) -> str:
    return ", ".join(f"`{name}`" for name in sorted({name for _, name in metrics}))


def _counted(tree: ast.Module) -> Iterator[tuple[str, list[str]]]:
    """The calls of `count`, `BusinessMetric` and `amount` of a module, with the names of their metrics."""
    tables = {
        target.id: value
        for node in tree.body
        for target, value in _assigned(node)
        if isinstance(target, ast.Name) and isinstance(value, ast.Dict)
    }
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and node.args:
            call = node.func.id if isinstance(node.func, ast.Name) else getattr(node.func, "attr", "")
            if call in ("count", "BusinessMetric", "amount"):
                yield call, _names(call, node.args[0], tables)


def _assigned(node: ast.stmt) -> Iterator[tuple[ast.expr, ast.expr | None]]:
    if isinstance(node, ast.AnnAssign):
        yield node.target, node.value
    elif isinstance(node, ast.Assign):
        yield node.targets[0], node.value


def _names(call: str, name: ast.expr, tables: Mapping[str, ast.Dict]) -> list[str]:
    """A text, or a value of a table of the module. Another `count` is a method of something else."""
    if isinstance(name, ast.Constant) and isinstance(name.value, str) and _NAME.fullmatch(name.value):
        return [name.value]
    if isinstance(name, ast.Subscript) and isinstance(name.value, ast.Name) and name.value.id in tables:
        return [str(each.value) for each in tables[name.value.id].values if isinstance(each, ast.Constant)]
    if call == "BusinessMetric":
        raise Problem(f"line {name.lineno}: make scale cannot read the name of this metric; write it as text")
    return []
