"""A pass that takes many runs finds what one run finds, whatever changes or fails in between."""

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from threading import Lock, current_thread
from typing import Any

import pytest

from ecom.dynamo import TableBusy
from reconciliation.tests.builders import NOW, ORDER, STATUSES, THEN, TOKEN
from reconciliation.tests.integration.conftest import TABLES, World
from reconciliation_service import repository as records_module
from reconciliation_service.findings import Finding, Kind, Limits
from reconciliation_service.progress_table import ProgressTable
from reconciliation_service.provider import Provider
from reconciliation_service.repository import Repository
from reconciliation_service.run import PartResult, Run
from reconciliation_service.snapshots import CAPTURED, FULFILLED, HELD, NEW, PACKAGED
from reconciliation_service.stock_scan import STOCK
from reconciliation_service.sweep import Sweep

DAMAGED = 3  # orders of each kind
LIMITS = Limits(staff=timedelta(days=30))
WINDOW = timedelta(days=7)
Found = Counter[tuple[Kind, str]]


@dataclass
class Runs:
    """Runs one after another. `between` is called after each, `pages` is how many pages a run has time for."""

    world: World
    provider: Provider
    segments: int = 2
    pages: int = 1
    between: Callable[[], None] = lambda: None
    now: datetime = NOW
    client: Any = None
    window: timedelta = WINDOW
    found: Found = field(default_factory=Counter)
    done: Counter[str] = field(default_factory=Counter)
    runs: int = 0

    def run(self, **more: Any) -> list[PartResult]:
        left, lock = Counter[str](), Lock()

        def is_time_left() -> bool:
            """Each part reads `pages` pages. The stock, which is read in one go, has all the time."""
            part = current_thread().name
            with lock:
                left[part] += 1
                return left[part] < self.pages or part.startswith(STOCK)

        settings: dict[str, Any] = {"is_time_left": is_time_left, "pause": lambda: None, **more}
        results = Run(
            repository=Repository(self.client or self.world.client, TABLES),
            provider=self.provider,
            progress=ProgressTable(self.world.client, "progress"),
            now=self.now,
            limits=LIMITS,
            ledger_window=self.window,
            segments=self.segments,
            found=self._add,
            **settings,
        ).go_on()
        self.done.update(result.progress.part for result in results if result.is_done)
        self.runs += 1
        return results

    def until_every_part_is_done(self, times: int = 1, at_most: int = 60) -> Found:
        while len(self.done) < self.segments + 5 or min(self.done.values()) < times:
            assert self.runs < at_most, f"no progress: {self.done}"
            self.run()
            self.between()
        return self.found

    def _add(self, finding: Finding) -> None:
        self.found[finding.kind, next(iter(finding.ids.values()))] += 1


@pytest.fixture
def runs(world: World, provider: Provider, monkeypatch: pytest.MonkeyPatch) -> Runs:
    monkeypatch.setattr(records_module, "PAGE", 2)
    return Runs(world, provider)


def in_one_go(world: World, provider: Provider) -> Found:
    sweep = Sweep(Repository(world.client, TABLES), provider, NOW, LIMITS, WINDOW)
    found = Counter((finding.kind, next(iter(finding.ids.values()))) for finding in sweep.findings())
    assert sweep.left_out == []
    return found


def damage(world: World) -> None:
    """Orders of every status, and one or more of each kind of damage."""
    for number, status in enumerate(STATUSES):
        world.order(status, f"healthy-{number}", f"healthy-token-{number}")
    for number in range(DAMAGED):
        world.order(NEW, f"no-stock-{number}", f"token-a{number}")
        world.remove("warehouse", f"order#no-stock-{number}")
        world.order(FULFILLED, f"no-order-{number}", f"token-b{number}")
        world.remove("orders", f"no-order-{number}")
        world.order(PACKAGED, f"rows-{number}", f"token-c{number}")
        world.remove("orders", f"rows-{number}")
        world.remove("payment", f"rows-{number}")
        world.ledger.put(f"abandoned-{number}")
        world.order(FULFILLED, f"overcharged-{number}", f"token-d{number}")
        world.ledger.put(f"token-d{number}", CAPTURED, amount=1)
        world.put("returns", id=f"return#back-{number}", orderId="order-1", status="RECEIVED")
    world.put("warehouse", id="stock#kettle", available=8, reserved=3)


def test_many_runs_find_what_one_run_finds(world: World, provider: Provider, runs: Runs) -> None:
    damage(world)
    expected = in_one_go(world, provider)
    assert len(expected) == 7 * DAMAGED + 1
    found = runs.until_every_part_is_done()
    assert set(found) == set(expected)
    assert runs.runs > 10


@pytest.mark.parametrize("segments", [1, 3])
def test_one_run_with_time_finds_each_once_in_any_number_of_segments(
    world: World, provider: Provider, runs: Runs, segments: int
) -> None:
    damage(world)
    runs.segments, runs.pages = segments, 10_000
    assert runs.until_every_part_is_done() == in_one_go(world, provider)
    assert runs.runs == 1


def test_an_order_that_moves_between_the_runs_is_no_finding(world: World, runs: Runs) -> None:
    """Every order goes through all its statuses while one pass reads the tables bit by bit."""
    statuses = iter([*STATUSES][:4] * 100)

    def move() -> None:
        status = next(statuses)
        for number in range(4):
            for table, key in (("warehouse", f"order#order-{number}"), ("delivery", f"order-{number}")):
                world.remove(table, key)
            world.order(status, f"order-{number}", f"token-{number}")

    move()
    runs.between = move
    assert runs.until_every_part_is_done() == {}
    assert runs.runs >= 4


def test_an_order_that_moves_between_the_two_looks_of_a_run_is_no_finding(world: World, runs: Runs) -> None:
    world.order(NEW)
    world.remove("warehouse", f"order#{ORDER}")
    runs.pages = 10_000
    runs.run(pause=lambda: world.order(NEW))
    assert runs.found == {}


def test_every_finding_is_confirmed_by_consistent_reads(world: World, runs: Runs) -> None:
    world.order(NEW)
    world.remove("warehouse", f"order#{ORDER}")
    client = Recording(world.client)
    runs.client, runs.pages, runs.segments = client, 10_000, 1
    runs.until_every_part_is_done()
    assert runs.found == {(Kind.ORDER_WITHOUT_STOCK, ORDER): 1}
    assert {"orders", "payment", "warehouse", "delivery"} <= client.consistent


class Recording:
    """A client that notes the tables of consistent batch reads."""

    def __init__(self, client: Any) -> None:
        self._client = client
        self.consistent: set[str] = set()

    def __getattr__(self, name: str) -> Any:
        return getattr(self._client, name)

    def batch_get_item(self, RequestItems: Any) -> Any:  # noqa: N803 - the SDK's name
        self.consistent |= {table for table, request in RequestItems.items() if request["ConsistentRead"]}
        return self._client.batch_get_item(RequestItems=RequestItems)


class Failing:
    """A client that fails at every twentieth batch read."""

    def __init__(self, client: Any) -> None:
        self._client, self._calls = client, 0

    def __getattr__(self, name: str) -> Any:
        return getattr(self._client, name)

    def batch_get_item(self, **request: Any) -> Any:
        self._calls += 1
        if self._calls % 20 == 0:
            raise TableBusy("DynamoDB is busy")
        return self._client.batch_get_item(**request)


def test_a_run_that_fails_is_continued_and_nothing_is_left_out(world: World, provider: Provider, runs: Runs) -> None:
    damage(world)
    expected = in_one_go(world, provider)
    runs.client = Failing(world.client)
    assert set(runs.until_every_part_is_done()) >= set(expected)


def test_damage_behind_the_place_is_found_by_the_next_pass(world: World, provider: Provider, runs: Runs) -> None:
    for number in range(8):
        world.order(NEW, f"order-{number}", f"token-{number}")

    def damaged_later() -> None:
        if runs.runs == 3:
            for number in range(8):
                world.remove("payment", f"order-{number}")

    runs.between = damaged_later
    found = runs.until_every_part_is_done(times=2)
    assert {key for _, key in found} == {f"order-{number}" for number in range(8)}


def test_a_payment_settled_behind_the_place_is_compared_though_a_pass_takes_longer_than_the_window(
    world: World, runs: Runs
) -> None:
    """The window is an hour. A pass began, the order is settled wrongly, and the next pass reads it two days later."""
    world.order(NEW)
    runs.segments, runs.window, runs.pages, runs.now = 1, timedelta(hours=1), 10_000, THEN - timedelta(minutes=30)
    runs.until_every_part_is_done()
    world.order(FULFILLED)
    world.ledger.put(TOKEN, CAPTURED, amount=1)
    runs.now = NOW
    runs.until_every_part_is_done(times=2)
    assert set(runs.found) == {(Kind.CHARGED_OTHER_AMOUNT, ORDER)}


def test_without_the_provider_a_pass_goes_on_but_does_not_count(world: World, runs: Runs) -> None:
    world.order(NEW)
    world.ledger.is_down = True
    runs.pages, runs.segments = 10_000, 1
    tables, holds, stock, *_ = runs.run()
    assert (tables.is_done, holds.is_done, stock.is_done) == (True, False, True)
    assert (tables.progress.compared, holds.progress.compared, stock.progress.compared) == (None, None, NOW)
    assert [len(each.left_out) for each in (tables, holds, stock)] == [1, 1, 0]
    world.ledger.is_down = False
    runs.now = NOW + timedelta(hours=1)
    assert [each.progress.compared for each in runs.run()] == [runs.now] * 6


@dataclass
class Broken:
    """Answers to reads of one table are of a form that nothing expects."""

    client: Any
    table: str

    def __getattr__(self, name: str) -> Any:
        call = getattr(self.client, name)

        def checked(**request: Any) -> Any:
            if request.get("TableName") == self.table:
                raise KeyError("Items")
            return call(**request)

        return checked


def test_a_part_that_fails_does_not_hide_what_the_others_find(world: World, runs: Runs) -> None:
    world.order(NEW)
    world.remove("payment", ORDER)
    runs.client, runs.segments, runs.pages = Broken(world.client, "returns"), 1, 10_000
    results = runs.run()
    assert set(runs.found) == {(Kind.ORDER_WITHOUT_PAYMENT, ORDER)}
    assert [result.progress.part for result in results if result.failure] == ["returns"]
    assert [result.left_out for result in results if result.left_out] == [["returns: it failed with KeyError"]]
    assert sum(result.is_done for result in results) == len(results) - 1


def test_a_part_whose_progress_cannot_be_read_fails_alone(
    world: World, runs: Runs, monkeypatch: pytest.MonkeyPatch
) -> None:
    read = ProgressTable.read

    def failing(self: ProgressTable, part: str) -> Any:
        if part == "returns":
            raise KeyError(part)
        return read(self, part)

    monkeypatch.setattr(ProgressTable, "read", failing)
    world.order(NEW)
    runs.segments, runs.pages = 1, 10_000
    results = runs.run()
    assert [result.progress.part for result in results if result.failure] == ["returns"]
    assert sum(result.is_done for result in results) == len(results) - 1


def test_a_part_whose_progress_cannot_be_read_now_is_left_out(
    world: World, runs: Runs, monkeypatch: pytest.MonkeyPatch
) -> None:
    def busy(*_: object) -> Any:
        raise TableBusy("DynamoDB is busy")

    monkeypatch.setattr(ProgressTable, "read", busy)
    results = runs.run()
    assert {result.failure for result in results} == {None}
    assert "returns: DynamoDB is busy" in [reason for result in results for reason in result.left_out]


def test_two_runs_at_once_do_not_go_on_with_the_same_part(world: World, runs: Runs) -> None:
    for number in range(4):
        world.order(NEW, f"order-{number}", f"token-{number}")
    runs.segments = 1
    part, progress = "tables 0 of 1", ProgressTable(world.client, "progress")
    results = runs.run(is_time_left=lambda: bool(progress.read(part) or runs.run()))
    assert f"{part}: another run goes on with it" in [reason for each in results for reason in each.left_out]


def test_holds_are_read_to_their_end_page_by_page(world: World, runs: Runs) -> None:
    for number in range(7):
        world.ledger.put(f"abandoned-{number}")
    world.order(NEW)
    found = runs.until_every_part_is_done()
    assert {kind for kind, _ in found} == {Kind.HOLD_WITHOUT_ORDER}
    assert len(found) == 7
    assert world.ledger.payments[TOKEN]["status"] == HELD
