"""Which combinations of function, call and fault happened, of all that are possible.

Possible is each fault at each call that a function was seen to make. A call that no run made is not known here; what a
function may do and never did is in its role, which `make lint` compares with the code.
"""

from collections import defaultdict
from dataclasses import dataclass

from tools.sim.calls import Call
from tools.sim.faults.catalogue import ON_CALLS
from tools.sim.totals import SEPARATOR, Totals

CallOfFunction = tuple[str, str]


@dataclass(frozen=True)
class Coverage:
    never: dict[CallOfFunction, list[str]]
    """The faults that never happened, by function and call."""
    calls: int
    possible: int

    @property
    def happened(self) -> int:
        return self.possible - sum(map(len, self.never.values()))

    @classmethod
    def of(cls, totals: Totals) -> "Coverage":
        never = defaultdict(list)
        possible = 0
        first_calls = totals.first_calls()
        for (function, named), first in sorted(first_calls.items()):
            call = Call(first.kind, "", first.service, first.operation, "", None)
            for fault in (fault for fault in ON_CALLS if fault.applies(call)):
                possible += 1
                if SEPARATOR.join((function, named, fault.name)) not in totals.combinations:
                    never[function, named].append(fault.name)
        return cls(dict(never), len(first_calls), possible)
