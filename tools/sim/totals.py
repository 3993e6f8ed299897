"""What many runs came to. Totals can be added up over several commands: they are kept as JSON beside a report."""

import json
import math
import subprocess
from collections import Counter
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from tools.sim.calls import FirstCall
from tools.sim.modules import ROOT
from tools.sim.plan import Plan
from tools.sim.run import Result

SEPARATOR = "|"
STEPS_PER_TENFOLD = 20


@dataclass
class Part:
    """The runs of one command."""

    commit: str
    first_seed: int
    last_seed: int = 0
    orders: int = 0
    seconds: float = 0.0
    processes: int = 1
    options: str = ""
    """Options of the command that change what a seed does, such as WITHOUT=crash-after."""


@dataclass
class Totals:
    parts: list[Part] = field(default_factory=list)
    runs: int = 0
    orders: int = 0
    accepted: int = 0
    invocations: int = 0
    calls: int = 0
    processor_seconds: float = 0.0
    dead_letters: int = 0
    dead_letters_left: int = 0
    broken: Counter[str] = field(default_factory=Counter)
    """Runs that broke a promise, by its name."""
    failed: list[str] = field(default_factory=list)
    """The commands of the runs in which the simulator failed. They are not in the other figures."""
    statuses: Counter[str] = field(default_factory=Counter)
    channels: Counter[str] = field(default_factory=Counter)
    returns: Counter[str] = field(default_factory=Counter)
    fired: Counter[str] = field(default_factory=Counter)
    runs_with: Counter[str] = field(default_factory=Counter)
    """Runs in which a fault happened at least once."""
    ends: Counter[str] = field(default_factory=Counter)
    """Orders by the virtual time to their end, in steps (`_step`)."""
    combinations: Counter[str] = field(default_factory=Counter)
    """Faults that happened, by function, call and fault."""
    reached: dict[str, list[str]] = field(default_factory=dict)
    """Calls that functions made, by function and call, with kind, service and operation."""

    def begin(self, first_seed: int, processes: int, options: str = "") -> None:
        self.parts.append(Part(commit(), first_seed, first_seed - 1, processes=processes, options=options))

    def add(self, result: Result) -> None:
        self.runs += 1
        self.orders += result.plan.orders
        self.accepted += result.accepted
        self.invocations += result.invocations
        self.calls += result.calls
        self.processor_seconds += result.processor_seconds
        self.dead_letters += result.dead_letters[0]
        self.dead_letters_left += result.dead_letters[1]
        self.broken.update({violation.name for violation in result.violations})
        self.statuses.update(result.statuses)
        self.channels.update(result.channels)
        self.returns.update(result.returns)
        self.fired.update(fired.fault for fired in result.fired)
        self.runs_with.update({fired.fault for fired in result.fired})
        self.ends.update(str(_step(seconds)) for seconds in result.ends)
        self.combinations.update({SEPARATOR.join(cell): count for cell, count in result.combinations.items()})
        for (function, call, _), first in result.first_calls.items():
            self.reached.setdefault(f"{function}{SEPARATOR}{call}", [first.kind, first.service, first.operation])
        part = self.parts[-1]
        part.orders += result.plan.orders
        part.last_seed = max(part.last_seed, result.plan.seed)

    def add_failed(self, plan: Plan) -> None:
        self.failed.append(plan.command())
        self.parts[-1].last_seed = max(self.parts[-1].last_seed, plan.seed)

    @property
    def next_seed(self) -> int:
        return max((part.last_seed for part in self.parts), default=0) + 1

    @property
    def seconds(self) -> float:
        return sum(part.seconds for part in self.parts)

    @property
    def rate(self) -> float:
        """Orders a minute."""
        return 60.0 * self.orders / max(self.seconds, 0.001)

    def seconds_to_end(self, share: float) -> float:
        """The virtual time within which this share of the orders came to their end."""
        left = share * self.ends.total()
        for step in sorted(map(int, self.ends)):
            left -= self.ends[str(step)]
            if left <= 0:
                return float(10 ** (step / STEPS_PER_TENFOLD))
        return 0.0

    def first_calls(self) -> dict[tuple[str, str], FirstCall]:
        found = {}
        for name, (kind, service, operation) in self.reached.items():
            function, _, call = name.partition(SEPARATOR)
            found[function, call] = FirstCall("", kind, service, operation)
        return found

    # --- as JSON ---

    def save(self, path: Path) -> None:
        document = {**vars(self), "parts": [asdict(part) for part in self.parts]}
        path.write_text(json.dumps(document, indent=1, sort_keys=True) + "\n")

    @classmethod
    def load(cls, path: Path) -> "Totals":
        document: dict[str, Any] = json.loads(path.read_text())
        made = cls(parts=[Part(**part) for part in document.pop("parts")])
        for name, value in document.items():
            setattr(made, name, Counter(value) if isinstance(getattr(made, name), Counter) else value)
        return made


def _step(seconds: float) -> int:
    """A logarithmic scale: 20 steps from a time to ten times of it. Rounded up."""
    return math.ceil(STEPS_PER_TENFOLD * math.log10(max(seconds, 0.001)))


def commit() -> str:
    """The commit of the checkout, with a plus when files differ from it; empty without git."""
    command = ["git", "describe", "--always", "--exclude=*", "--dirty=+"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    return done.stdout.strip()
