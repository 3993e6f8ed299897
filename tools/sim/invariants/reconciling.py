"""RECONCILE: the real reconciliation comes to the end of all tables, finds no disagreement, and finds each one that an
operator's mistake makes."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from tools.local.delivery.model import Outcome
from tools.sim.invariants.mistakes import make_mistakes
from tools.sim.invariants.violation import Violation

if TYPE_CHECKING:
    from tools.sim.world import World

RECONCILE = "reconciliation-every-hour-reconcile"
# Findings that are no disagreement: holds of shoppers who went away, work that waits for people.
NOTES = frozenset({"HOLD_WITHOUT_ORDER", "PARTNER_REQUEST_UNANSWERED", "WAITING_FOR_STAFF"})
MAX_RUNS = 3
DAY_SECONDS = 86_400.0
IDS = ("orderId", "productId", "returnId")


@dataclass
class Comparison:
    """What the function logged, until it came to the end of all tables."""

    findings: list[Mapping[str, Any]] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)


def reconcile(world: "World") -> Iterator[Violation]:
    """Yields each finding that is no note, and what was not compared."""
    compared = _compare(world, "reconciliation")
    for problem in compared.problems:
        yield Violation("RECONCILE", problem)
    for finding in compared.findings:
        if finding.get("kind") not in NOTES:
            about = next((str(finding[name]) for name in IDS if name in finding), "")
            text = " ".join(str(finding[name]) for name in ("kind", *IDS, "actual", "expected") if name in finding)
            yield Violation("RECONCILE", text, about)


def reconcile_mistakes(world: "World") -> Iterator[Violation]:
    """Yields each mistake that is not found, by its kind and its id."""
    made = make_mistakes(world)
    compared = _compare(world, "reconciliation of mistakes")
    for problem in compared.problems:
        yield Violation("RECONCILE", problem)
    found = {(finding.get("kind"), finding[name]) for finding in compared.findings for name in IDS if name in finding}
    for mistake in made:
        if (mistake.kind, mistake.about) not in found:
            yield Violation("RECONCILE", f"rows were changed by hand, and {mistake.kind} was not found", mistake.about)


def _compare(world: "World", name: str) -> Comparison:
    """Run the function a day later. What is left at its time limit is for the next run, as on AWS."""
    world.run(world.now() + DAY_SECONDS)
    compared = Comparison()
    for number in range(MAX_RUNS):
        if _run_once(world, f"{name} {number}", compared):
            return compared
    compared.problems.append("the reconciliation did not come to the end of its tables")
    return compared


def _run_once(world: "World", name: str, compared: Comparison) -> bool:
    """Run the function, and add what it logs. Returns whether it came to the end of all tables."""
    arn = next(arn for arn in world.blueprint.functions if arn.endswith(RECONCILE))
    world.logs = []
    task = world.background(name, lambda: world.functions.invoke(arn, {}, name))
    world.run()
    lines, world.logs = world.logs, None
    outcome: Outcome = task.done.value
    if outcome.failed or outcome.throttled:
        compared.problems.append(f"the reconciliation did not run to its end: {outcome.payload}")
    ends: set[str] = set()
    for line in lines:
        text = line.partition(": ")[2]
        if not line.startswith(RECONCILE) or not text.startswith("{"):
            continue
        logged = json.loads(text)
        match logged.get("message"):
            case "finding":
                compared.findings.append(logged)
            case "not everything was compared":
                compared.problems.append(f"not everything was compared: {logged.get('reason')}")
            case "how far each part is":
                ends = {str(part["scan"]) for part in logged["parts"]}
    return ends == {"pass ended"}
