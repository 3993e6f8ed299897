"""One part of a pass: some scans, one after another, from a place where it may have ended before.

Guarantee: `place` moves only behind rows whose suspects were looked at a second time. A run that ends anywhere, even
because Lambda stops it, is continued from the last place that was saved: some rows are read twice, none is left out.
A scan that fails hides nothing: its suspects so far are looked at, the other scans go on, the place stays before it.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field

from ecom.dynamo import Item
from reconciliation_service.findings import Finding
from reconciliation_service.inspection import Inspection, Suspect
from reconciliation_service.scans import OutOfTime, Scan, ScanPage

# A place is saved after so many suspects or pages.
MAX_SUSPECTS, MAX_PAGES = 2_000, 100


@dataclass(frozen=True, slots=True)
class Place:
    """The scan that is under way, and the key behind which it goes on, None at its beginning."""

    scan: int = 0
    key: Item | None = None


START = Place()


@dataclass(slots=True)
class Part:
    """`rows` counts the rows that were read, `failures` has what stopped a scan, by scan."""

    scans: Sequence[Scan]
    inspection: Inspection
    is_time_left: Callable[[], bool]
    place: Place = START
    rows: dict[str, int] = field(default_factory=dict)
    failures: dict[str, Exception] = field(default_factory=dict)

    @property
    def is_done(self) -> bool:
        return self.place.scan == len(self.scans)

    @property
    def scan_name(self) -> str:
        """The scan that is under way."""
        return self.scans[min(self.place.scan, len(self.scans) - 1)].name

    def findings(self, save: Callable[[Place], None] = lambda _: None) -> Iterator[Finding]:
        """All findings from the place on. `save` is called behind each confirmed stretch, until a scan fails. Raises
        OutOfTime, and what `save` raises."""
        suspects: list[Suspect] = []
        pages = 0
        began_at = self.place
        for number in range(began_at.scan, len(self.scans)):
            scan = self.scans[number]
            for page in self._pages(scan, began_at.key if number == began_at.scan else None):
                self.rows[scan.name] = self.rows.get(scan.name, 0) + page.rows
                suspects += page.suspects
                pages += 1
                yield from page.findings
                here = Place(number, page.end) if page.end is not None else Place(number + 1)
                is_over = not self.is_time_left()
                is_done = here.scan == len(self.scans)
                if is_over or is_done or len(suspects) >= MAX_SUSPECTS or pages >= MAX_PAGES:
                    yield from self._confirm(scan, suspects)
                    suspects, pages = [], 0
                    if not self.failures:
                        self.place = here
                        save(here)
                    if is_over and not is_done:
                        raise OutOfTime
            if scan.name in self.failures:
                yield from self._confirm(scan, suspects)
                suspects, pages = [], 0

    def _pages(self, scan: Scan, start: Item | None) -> Iterator[ScanPage]:
        try:
            yield from scan.pages(start)
        except OutOfTime:
            raise
        except Exception as error:
            self.failures.setdefault(scan.name, error)

    def _confirm(self, scan: Scan, suspects: Sequence[Suspect]) -> Iterator[Finding]:
        try:
            yield from self.inspection.confirm(suspects)
        except Exception as error:
            self.failures.setdefault(scan.name, error)
