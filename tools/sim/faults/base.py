"""What all faults have in common: a name, a rate, and a record of what they did.

Whether a fault fires is a decision by name, so a fault that is taken away leaves the others as they were. A plan may
also allow single occurrences only: that is how a failing run is shrunk.
"""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field

from tools.sim.decisions import Decisions
from tools.sim.plan import digest


@dataclass(frozen=True)
class Fault:
    """`rates` are the lowest and highest probability per opportunity. `story` is what happened, in plain words, where
    `{where}` is filled in."""

    name: str
    rates: tuple[float, float]
    story: str


@dataclass(frozen=True)
class Fired:
    """One occurrence. `key` names it in a plan."""

    fault: str
    where: str
    at: float
    text: str

    @property
    def key(self) -> str:
        return f"{self.fault}|{self.where}"


@dataclass
class FaultDecisions:
    """Decides which faults fire in a run."""

    decisions: Decisions
    rates: Mapping[str, float]
    only: frozenset[str] | None = None
    always: frozenset[str] = frozenset()
    fired: list[Fired] = field(default_factory=list)
    combinations: Counter[tuple[str, str, str]] = field(default_factory=Counter)
    is_calm: bool = False
    """No fault fires: people prepare the run, or the run comes to rest."""

    def is_on(self, fault: Fault) -> bool:
        """Whether the fault is possible in this run at all."""
        return self.rates.get(fault.name, 0.0) > 0.0 or any(key.startswith(f"{fault.name}|") for key in self.always)

    def decides(self, fault: Fault, where: str) -> bool:
        """Whether the hash selects this occurrence, ignoring `is_calm` and `only`."""
        if self.always and f"{fault.name}|{where}" in self.always:
            return True
        rate = self.rates.get(fault.name, 0.0)
        return rate > 0.0 and self.decisions.happens(rate, f"{fault.name}|{where}")

    def fires(self, fault: Fault, where: str, now: float, cell: tuple[str, str] = ("", ""), text: str = "") -> bool:
        """Whether the fault fires at this place, which is named the same in each run of the seed."""
        if self.is_calm or not self.decides(fault, where):
            return False
        fired = Fired(fault.name, where, now, fault.story.replace("{where}", text or where))
        if self.only is not None and digest(fired.key) not in self.only and fired.key not in self.always:
            return False
        self.fired.append(fired)
        self.combinations[cell[0], cell[1], fault.name] += 1
        return True


def rates_of(decisions: Decisions, faults: list[Fault], share: float = 0.5) -> dict[str, float]:
    """A random subset of the faults with random rates, mostly low ones."""
    chosen = {}
    for fault in faults:
        if decisions.happens(share, f"{fault.name} is on"):
            low, high = fault.rates
            chosen[fault.name] = low * (high / low) ** decisions.fraction(f"rate of {fault.name}")
    return chosen
