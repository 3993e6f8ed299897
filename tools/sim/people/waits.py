"""How long returns wait in a run, and acting at the very moment at which a wait ends."""

from tools.sim.people.person import Person
from tools.sim.templates.reading import SHORTER

DAY = 86_400.0
DECISION_SECONDS, GOODS_SECONDS = (DAY * float(SHORTER["returns"][name]) for name in ("DecisionDays", "GoodsDays"))
# A wait begins a moment after its cause, and ends with a function that may have to start.
AROUND = (-0.5, 2.5)


def last_moment(person: Person, seconds: float) -> None:
    """Wait until about the moment at which a wait of so many seconds ends that began now."""
    person.wait(seconds + AROUND[0], seconds + AROUND[1], f"the last moment of {seconds:.0f}")
