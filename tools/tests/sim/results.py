"""The result of a run that never was, for tests of what is made of results."""

from collections import Counter

from tools.sim.calls import FirstCall
from tools.sim.faults.base import Fired
from tools.sim.invariants.violation import Violation
from tools.sim.plan import Plan
from tools.sim.run import Result

GET = ("orders-rest-get-order", "dynamodb GetItem ecommerce-dev-orders-Table")
FIRST = FirstCall("x", "aws", "dynamodb", "GetItem")


def result(seed: int = 1, *broken: str, cell: str = "dynamodb-fails") -> Result:
    return Result(
        plan=Plan(seed, 50),
        trace="",
        violations=[Violation(name, "text") for name in broken],
        fired=[Fired(cell, "x", 0.0, "")],
        accepted=40,
        statuses=Counter(FULFILLED=40),
        invocations=10,
        calls=20,
        dead_letters=(3, 0),
        combinations=Counter({(*GET, cell): 1}),
        first_calls={(*GET, 1): FIRST},
        ends=[60.0] * 9 + [3600.0],
        environments={},
    )
