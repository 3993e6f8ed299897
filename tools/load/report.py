"""The result of a run as lines of text."""

from collections.abc import Iterator

from tools.load.plan import Result


def lines_of(result: Result, rate: float) -> Iterator[str]:
    finished = sum(result.journeys.values())
    yield ""
    yield f"{'':26}{'count':>7}{'/s':>8}{'failed':>8}{'p50 ms':>9}{'p95 ms':>9}{'p99 ms':>9}"
    for row in sorted(result.rows, key=lambda row: (row.name.startswith("journey "), row.name)):
        yield (f"{row.name:26}{row.count:7}{row.rate:8.2f}{row.failed:8}{row.p50:9.0f}{row.p95:9.0f}{row.p99:9.0f}")
    yield ""
    yield (
        f"{result.begun / result.seconds:.2f} journeys a second began ({rate:g} wanted), for {result.seconds:.0f} s;"
        f" {finished} ended well, {len(result.orders)} orders, {result.unfinished} unfinished"
    )
    if result.begun / result.seconds < rate * 0.9:
        yield "the platform, or this machine, is slower than the rate: journeys took longer than shoppers had time"
    for name, count in sorted(result.errors.items(), key=lambda pair: -pair[1]):
        yield f"{count:6} x {name}"
