"""The counts of `tools.bench.journey` as data: what one order uses of each AWS service."""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path

from tools import ROOT

MEASURED = ROOT / "build" / "bench" / "journey.json"
Calls = Mapping[tuple[str, str, str, str], float]
"""(function or rule, AWS service, operation, what) -> amount per order."""


@dataclass(frozen=True)
class Measured:
    """Means per order of three products, without the payment provider and the listener."""

    date: str
    units: dict[str, float]
    """Of createOrder to the captured payment, without the mails."""
    mails: dict[str, float]
    """Of the mails to the shopper."""
    written_by_service: dict[str, float] = field(default_factory=dict)
    """Write units of each service's tables."""
    by_service: dict[str, dict[str, float]] = field(default_factory=dict)
    """The units of order and mails by the service that AWS bills them to."""

    @classmethod
    def of(
        cls,
        units: Mapping[str, float],
        mails: Mapping[str, float],
        calls: Calls,
        date: str,
        by_service: Mapping[str, Mapping[str, float]],
    ) -> "Measured":
        """Round to what ten orders can tell; add what only the calls of single functions show."""
        written: dict[str, float] = {}
        for (function, service, _, what), amount in calls.items():
            if (service, what) == ("dynamodb", "write units"):
                owner = service_of(function)
                written[owner] = written.get(owner, 0.0) + amount
        units = {**units, "EventBridge PutEvents": _sum(calls, "events", "PutEvents")}
        more = {
            "SES mails": _sum(calls, "ses", "SendEmail"),
            "Cognito AdminGetUser": _sum(calls, "cognitoidentityproviderservice", "AdminGetUser"),
        }
        split = {name: dict(of) for name, of in by_service.items()}
        return cls(date, _rounded(units), _rounded({**mails, **more}), _rounded(written), split)

    @classmethod
    def read(cls, path: Path) -> "Measured":
        return cls(**json.loads(path.read_text()))

    def write(self, path: Path) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps(asdict(self), indent=2) + "\n")


def _sum(calls: Calls, service: str, operation: str) -> float:
    return sum(amount for (_, of, what, _), amount in calls.items() if (of, what) == (service, operation))


def _rounded(amounts: Mapping[str, float]) -> dict[str, float]:
    return {name: round(amount, 3) for name, amount in sorted(amounts.items())}


def service_of(function: str) -> str:
    """The service of a function or a rule, whose names begin with the service's."""
    from tools.project.services import names

    return max((name for name in names() if function.startswith(f"{name}-")), key=len, default=function)
