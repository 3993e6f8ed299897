"""How time passes for an execution.

Waits are shortened by the pace (a sixtieth). While a function runs, time passes as on AWS. While an execution waits (a
Wait state, a token, the pause before a retry), `1 / factor` seconds of AWS's time pass in one second. TimeoutSeconds
and HeartbeatSeconds, of a state and of the whole execution, are measured in AWS's time.
"""

from collections.abc import Callable

from tools.local.aws.json_api import Document
from tools.local.delivery.model import Pace


class AwsTime:
    """The clock of one execution, whose record keeps since when it waits and the seconds that waits have gained."""

    def __init__(self, execution: Document, clock: Callable[[], float], pace: Pace) -> None:
        self._execution, self._clock, self._factor = execution, clock, pace.factor

    def elapsed(self) -> float:
        """The seconds of AWS's time since the execution started."""
        return float(self._clock() - self._execution["started"] + self._execution["gained"] + self._gain())

    def due(self, limit: float, spent: float) -> float:
        """When `limit` seconds of AWS's time are over, of which `spent` have passed, if time goes on passing as now."""
        return self._clock() + (limit - spent) * (1.0 if self._execution["waiting"] is None else self._factor)

    def wait(self) -> None:
        """The execution waits from now on."""
        self._execution["waiting"] = self._clock()

    def go_on(self) -> None:
        """The execution waits no longer."""
        self._execution["gained"] += self._gain()
        self._execution["waiting"] = None

    def _gain(self) -> float:
        since = self._execution["waiting"]
        return 0.0 if since is None else float((self._clock() - since) * (1 / self._factor - 1))
