"""One run: every part goes on where the run before ended, all parts beside each other, until the time is over."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from ecom.errors import TryAgain
from ecom.observability import describe, logger
from reconciliation_service import passes
from reconciliation_service.checkouts_scan import CheckoutsScan
from reconciliation_service.findings import Finding, Limits
from reconciliation_service.inspection import Inspection
from reconciliation_service.partners_scan import PartnersScan
from reconciliation_service.parts import Part, Place
from reconciliation_service.passes import Progress
from reconciliation_service.progress_table import AnotherRun, ProgressStore
from reconciliation_service.provider import Provider
from reconciliation_service.repository import WHOLE, Repository, Segment
from reconciliation_service.returns_scan import ReturnsScan
from reconciliation_service.scans import OutOfTime, Scan, Scans, ledger_since
from reconciliation_service.stock_scan import StockScan

HOLDS, STOCK, RETURNS, CHECKOUTS, PARTNERS = "holds", "stock", "returns", "checkouts", "partners"


@dataclass(frozen=True, slots=True)
class PartResult:
    """What a run did of one part. `is_done` tells whether it ended a pass. `failure` is the defect that stopped it."""

    progress: Progress
    rows: dict[str, int]
    scan: str
    is_done: bool
    left_out: list[str]
    failure: Exception | None = None


@dataclass(frozen=True, slots=True)
class Run:
    """`found` is called for each finding, by several threads."""

    repository: Repository
    provider: Provider
    progress: ProgressStore
    now: datetime
    limits: Limits
    ledger_window: timedelta
    segments: int
    is_time_left: Callable[[], bool]
    pause: Callable[[], None]
    found: Callable[[Finding], None] = field(default=lambda _: None)

    def go_on(self) -> list[PartResult]:
        """Go on with every part. A part that fails does not stop the others."""
        names = [
            *(f"tables {number} of {self.segments}" for number in range(self.segments)),
            HOLDS,
            STOCK,
            RETURNS,
            CHECKOUTS,
            PARTNERS,
        ]
        with ThreadPoolExecutor(len(names), thread_name_prefix="part") as pool:
            parts = [pool.submit(self._go_on, name, number) for number, name in enumerate(names)]
        return [part.result() for part in parts]

    def _go_on(self, name: str, number: int) -> PartResult:
        try:
            before = passes.begin(name, self.now, self.progress.read(name))
        except Exception as error:
            nothing = passes.begin(name, self.now, None)
            left_out = [_reason(name, name, error)]
            return PartResult(nothing, {}, name, is_done=False, left_out=left_out, failure=_defect(error))
        inspection = Inspection(self.repository, self.provider, self.now, self.limits, self.pause)
        part = Part(self._scans(name, number, inspection, before), inspection, self.is_time_left, before.place)
        stretch = _Stretch(part, before, self.progress)
        left_out = []
        try:
            for finding in part.findings(stretch.save):
                stretch.findings += not finding.is_note
                self.found(finding)
        except OutOfTime:
            pass  # the next run goes on
        except AnotherRun:
            left_out.append(f"{name}: another run goes on with it")
        except Exception as error:  # of the table of progress
            part.failures.setdefault(part.scan_name, error)
        left_out += [_reason(name, scan, error) for scan, error in part.failures.items()]
        left_out += [f"{name}: {reason}" for reason in inspection.left_out]
        failure = _defect(*part.failures.values())
        return PartResult(stretch.with_findings(), part.rows, part.scan_name, part.is_done, left_out, failure)

    def _scans(self, name: str, number: int, inspection: Inspection, before: Progress) -> list[Scan]:
        if name == STOCK:
            return StockScan(self.repository, self.segments, self.is_time_left, self.pause).scans()
        if name == RETURNS:
            return ReturnsScan(self.repository, self.now, self.limits, self.pause).scans()
        if name == CHECKOUTS:
            return CheckoutsScan(self.repository, self.now, self.limits, self.pause).scans()
        if name == PARTNERS:
            return PartnersScan(self.repository, self.now, self.limits, self.pause).scans()
        if name == HOLDS:
            # What the scan of orders always compares; it may compare more.
            return Scans(inspection, WHOLE, ledger_since(self.now, self.ledger_window, None)).holds()
        since = ledger_since(self.now, self.ledger_window, before.compared or before.first)
        return Scans(inspection, Segment(number, self.segments), since).tables()


def _defect(*errors: Exception) -> Exception | None:
    """The first that is one. What passes by itself is none: the next run goes on."""
    return next((error for error in errors if not isinstance(error, TryAgain)), None)


def _reason(part: str, scan: str, error: Exception) -> str:
    """Why a scan of a part is incomplete. A defect is logged."""
    place = part if scan == part else f"{part}: {scan}"
    if isinstance(error, TryAgain):
        return f"{place}: {error.message}"
    logger().error("a scan failed", extra={"part": part, "scan": scan, **describe(error)})
    return f"{place}: it failed with {type(error).__name__}"


@dataclass(slots=True)
class _Stretch:
    """What was found since the progress was stored."""

    part: Part
    progress: Progress
    store: ProgressStore
    findings: int = 0
    _rows: int = 0

    def with_findings(self) -> Progress:
        """The progress with what was found since it was stored: that is reported, and will be found again."""
        return replace(self.progress, findings=self.progress.findings + self.findings)

    def save(self, place: Place) -> None:
        rows = sum(self.part.rows.values())
        is_complete = not self.part.inspection.left_out
        moved = passes.move(self.progress, place, rows - self._rows, self.findings, is_complete=is_complete)
        if self.part.is_done:
            moved = passes.end(moved)
        self.progress = self.store.write(replace(moved, version=self.progress.version))
        self.findings, self._rows = 0, rows
