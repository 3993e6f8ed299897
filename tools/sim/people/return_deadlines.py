"""How long returns wait in a run, and acting at the very moment at which a wait ends."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from tools.sim.people.person import Person
from tools.sim.templates.reading import SHORTER

DAY = 86_400.0
DECISION_SECONDS, GOODS_SECONDS = (DAY * float(SHORTER["returns"][name]) for name in ("DecisionDays", "GoodsDays"))
# A wait begins a moment after its cause, and ends with a function that may have to start.
AROUND = (-0.3, 2.7)


def last_moment(person: Person, shown: Mapping[str, Any]) -> None:
    """Wait until about the moment at which the return expires, which is REQUESTED or APPROVED."""
    seconds = DECISION_SECONDS if shown["status"] == "REQUESTED" else GOODS_SECONDS
    began = datetime.fromisoformat(shown["history"][-1]["at"]).timestamp()
    left = max(0.0, began + seconds - person.world.scheduler.now)
    person.wait(left + AROUND[0], left + AROUND[1], f"the last moment of {shown['returnId']} {shown['status']}")
