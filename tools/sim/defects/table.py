"""The score as tables in text, which Markdown renders too."""

from collections import defaultdict
from collections.abc import Sequence
from typing import Protocol


class Scored(Protocol):
    @property
    def name(self) -> str: ...
    @property
    def group(self) -> str: ...
    @property
    def found_by(self) -> str: ...
    @property
    def promise(self) -> str: ...
    @property
    def seeds_run(self) -> int: ...
    @property
    def test(self) -> str: ...


def table(scores: Sequence[Scored]) -> str:
    """A row for each defect."""
    return _rows(["defect", "found by", "seeds until found"], [(each.name, _by(each), _seeds(each)) for each in scores])


def by_group(scores: Sequence[Scored]) -> str:
    """A row for each group."""
    groups: defaultdict[str, list[Scored]] = defaultdict(list)
    for each in scores:
        groups[each.group].append(each)
    rows = []
    for group, listed in groups.items():
        seeds = sorted(each.seeds_run for each in listed if each.found_by == "simulator")
        counts = [sum(each.found_by == by for each in listed) for by in ("simulator", "test", "nothing")]
        counts.append(len(listed) - sum(counts))
        middle = str(seeds[len(seeds) // 2]) if seeds else "-"
        rows.append((group, str(len(listed)), *map(str, counts), middle, str(max(seeds, default=0) or "-")))
    head = ["group", "defects", "found by runs", "by a test", "not found", "no verdict", "seeds, median", "seeds, most"]
    return _rows(head, rows)


def _by(score: Scored) -> str:
    return {"simulator": score.promise, "test": score.test, "nothing": "NOT FOUND"}.get(score.found_by, "no verdict")


def _seeds(score: Scored) -> str:
    return str(score.seeds_run) if score.found_by == "simulator" else "-"


def _rows(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    widths = [max(len(row[place]) for row in (head, *rows)) for place in range(len(head))]
    lines = [head, ["-" * width for width in widths], *rows]
    return "\n".join(
        "| " + " | ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)) + " |" for row in lines
    )
