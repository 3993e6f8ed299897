"""How far a part of the comparison is. Pure.

Each part (a segment of the tables, the holds, the stock, the returns, the checkouts,
the partners' requests) goes through all its rows again
and again; once is a pass. A pass takes one run or many. Everything that could be found when the last complete pass
began has been found: the time since then is how old a disagreement can be, beside its limit, before it is reported.
"""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from reconciliation_service.parts import START, Place


@dataclass(frozen=True, slots=True)
class Progress:
    """`version` counts the writes. `first` is when the part was compared first, `compared` when its last complete pass
    began. A pass is incomplete when the provider did not answer."""

    part: str
    first: datetime
    began: datetime
    place: Place = START
    compared: datetime | None = None
    rows: int = 0
    findings: int = 0
    findings_before: int = 0
    is_complete: bool = True
    version: int = 0

    @property
    def findings_known(self) -> int:
        """Of the last pass, until the one that is under way has more."""
        return max(self.findings, self.findings_before)

    def age(self, now: datetime) -> timedelta:
        return now - (self.compared or self.first)


def begin(part: str, now: datetime, before: Progress | None) -> Progress:
    """The progress with which a run goes on: that of the run before, or of a new pass."""
    if before is None:
        return Progress(part, first=now, began=now)
    return replace(before, began=now) if before.place == START else before


def move(progress: Progress, place: Place, rows: int, findings: int, *, is_complete: bool) -> Progress:
    """The progress after a stretch with so many rows and findings."""
    return replace(
        progress,
        place=place,
        rows=progress.rows + rows,
        findings=progress.findings + findings,
        is_complete=progress.is_complete and is_complete,
    )


def end(progress: Progress) -> Progress:
    """The progress after the last stretch of a pass: the next pass begins at the start."""
    return replace(
        progress,
        place=START,
        compared=progress.began if progress.is_complete else progress.compared,
        rows=0,
        findings=0,
        findings_before=progress.findings,
        is_complete=True,
    )
