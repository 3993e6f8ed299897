"""The report: one page in HTML without scripts or files beside it, made from totals."""

import json
from collections.abc import Iterable, Mapping, Sequence
from html import escape
from pathlib import Path
from typing import Any

from tools.sim.fault_coverage import Coverage
from tools.sim.faults.catalogue import BY_NAME
from tools.sim.modules import ROOT
from tools.sim.story import PROMISES
from tools.sim.totals import Totals

SCORE = ROOT / ".local" / "sim" / "score.json"
SHARES = (0.5, 0.9, 0.99, 1.0)
MOST_CALLS = 40
STYLE = """
body { font: 16px/1.5 system-ui, sans-serif; margin: 2rem auto; max-width: 62rem; padding: 0 1rem; color: #1b1f24 }
table { border-collapse: collapse; width: 100%; margin: .5rem 0 2rem }
td, th { padding: .25rem .6rem; border-bottom: 1px solid #d8dee4; text-align: left; vertical-align: top }
td.number, th.number { text-align: right; font-variant-numeric: tabular-nums; white-space: nowrap }
td.bars { width: 30% }
.bar { background: #2f81f7; height: .6rem; border-radius: 2px }
.kept { color: #1a7f37 } .broken { color: #cf222e; font-weight: bold }
.figures { display: flex; flex-wrap: wrap; gap: 1rem 2.5rem; padding: 0; list-style: none }
.figures b { display: block; font-size: 1.6rem }
code { background: #f0f2f5; padding: 0 .2rem }
"""


def write_report(totals: Totals, path: Path) -> None:
    """The page, and beside it the totals that another command may add to."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(page(totals, _score()))
    totals.save(path.with_suffix(".json"))


def page(totals: Totals, score: Mapping[str, Any] | None = None) -> str:
    coverage = Coverage.of(totals)
    parts = [
        "<!doctype html><html lang='en'><meta charset='utf-8'><title>Fault simulator: report</title>",
        f"<style>{STYLE}</style><h1>Fault simulator: report</h1>",
        "<p>The real functions of the services, while everything around them failed. Time is virtual. "
        "What is real and what is not: <code>docs/simulator.md</code>.</p>",
        _figures(totals, coverage),
        "<h2>Promises</h2>",
        _promises(totals),
        "<h2>How orders ended</h2>",
        _bars(totals.statuses.most_common(), ("Status", "Orders")),
        _ends(totals),
        *([] if not totals.channels else [_bars(totals.channels.most_common(), ("Ordered through", "Orders"))]),
        *([] if not totals.returns else [_bars(totals.returns.most_common(), ("Returns that ended as", "Returns"))]),
        "<h2>Faults that happened</h2>",
        _faults(totals),
        "<h2>Coverage</h2>",
        _coverage(coverage),
        *([] if not score else ["<h2>Score: planted defects</h2>", _defects(score)]),
        "<h2>Runs</h2>",
        _parts(totals),
        "</html>",
    ]
    return "\n".join(parts) + "\n"


def _figures(totals: Totals, coverage: Coverage) -> str:
    figures = [
        (f"{totals.orders:,}", "orders asked for"),
        (f"{totals.accepted:,}", "accepted"),
        (f"{totals.fired.total():,}", f"faults of {len(totals.fired)} kinds"),
        (str(len(totals.broken) or "none"), "promises broken"),
        *([(str(len(totals.failed)), "runs in which the simulator failed")] if totals.failed else []),
        (f"{totals.rate:,.0f}", "orders a minute"),
        (f"{totals.invocations:,}", "invocations"),
        (f"{totals.dead_letters:,} / {totals.dead_letters_left:,}", "dead letters before / after redrive"),
        (_share(coverage.happened, coverage.possible), "of function, call and fault reached"),
    ]
    return (
        "<ul class='figures'>" + "".join(f"<li><b>{escape(n)}</b>{escape(text)}</li>" for n, text in figures) + "</ul>"
    )


def _promises(totals: Totals) -> str:
    rows = []
    for name, text in PROMISES.items():
        count = totals.broken[name]
        verdict = f"<span class='broken'>broken in {count:,} runs</span>" if count else "<span class='kept'>kept</span>"
        rows.append((escape(name), escape(text), verdict))
    return _table(("", "Promise", f"In {totals.runs:,} runs"), rows)


def _ends(totals: Totals) -> str:
    if not totals.ends:
        return ""
    rows = [(f"{share:.0%}", _duration(totals.seconds_to_end(share))) for share in SHARES]
    return "<p>Virtual time from acceptance to the end, with people at work and every fault:</p>" + _table(
        ("Share of orders", "within"), rows, numbers=1
    )


def _faults(totals: Totals) -> str:
    most = max(totals.fired.values(), default=1)
    rows = [
        (
            f"<code>{escape(name)}</code><br>{escape(fault.story.replace('{where}', '…'))}",
            f"{totals.fired[name]:,}",
            _share(totals.runs_with[name], totals.runs),
            _bar(totals.fired[name], most),
        )
        for name, fault in sorted(BY_NAME.items(), key=lambda pair: -totals.fired[pair[0]])
        if name in totals.fired
    ]
    silent = sorted(set(BY_NAME) - set(totals.fired))
    return _table(("Fault", "Times", "Runs", ""), rows, numbers=2) + (
        f"<p>Never happened: {escape(', '.join(silent))}.</p>" if silent else ""
    )


def _coverage(coverage: Coverage) -> str:
    text = (
        f"<p>{coverage.calls:,} calls of functions (a function and what it calls), {coverage.possible:,} combinations "
        f"with the faults that are possible there, {coverage.happened:,} of them happened.</p>"
    )
    if not coverage.never:
        return text
    listed = sorted(coverage.never.items(), key=lambda pair: (-len(pair[1]), pair[0]))
    rows = [
        (escape(function), escape(call), escape(", ".join(faults))) for (function, call), faults in listed[:MOST_CALLS]
    ]
    more = f"<p>... and {len(listed) - MOST_CALLS:,} more calls.</p>" if len(listed) > MOST_CALLS else ""
    return text + "<p>Never reached:</p>" + _table(("Function", "Call", "Faults"), rows) + more


def _defects(score: Mapping[str, Any]) -> str:
    rows = []
    for defect in score["scores"]:
        by = f"{defect['promise']}, seed {defect['seed']}" if defect.get("promise") else defect.get("test")
        missing = "no verdict" if defect["found_by"] == "failed" else "not found"
        found = escape(str(by)) if by else f"<span class='broken'>{missing}</span>"
        rows.append((f"<code>{escape(defect['name'])}</code>", escape(defect["about"]), found))
    found_count = sum(bool(defect.get("promise") or defect.get("test")) for defect in score["scores"])
    of = f"those of <code>ONLY={escape(score['only'])}</code>" if score["only"] else "all"
    return (
        f"<p>{found_count} of {len(rows)} found: {of}, at commit <code>{escape(score['commit'])}</code>.</p>"
        + _table(("Defect", "What is broken", "Found by"), rows)
    )


def _parts(totals: Totals) -> str:
    rows = [
        (
            f"{part.first_seed:,} to {part.last_seed:,}",
            escape(part.options),
            f"<code>{escape(part.commit)}</code>",
            f"{part.orders:,}",
            f"{60 * part.orders / max(part.seconds, 0.001):,.0f}",
            str(part.processes),
        )
        for part in totals.parts
    ]
    return _table(("Seeds", "Options", "Commit", "Orders", "A minute", "Processes"), rows)


def _score() -> Mapping[str, Any] | None:
    """What the last `make simulate-score` found, if there was one."""
    found: Mapping[str, Any] | None = json.loads(SCORE.read_text()) if SCORE.is_file() else None
    return found


# --- HTML ---


def _table(names: Sequence[str], rows: Iterable[Sequence[str]], numbers: int = 0) -> str:
    """`numbers` columns after the first are numbers."""

    def kind(place: int) -> str:
        if 1 <= place <= numbers:
            return " class='number'"
        return " class='bars'" if not names[place] and place else ""

    head = "".join(f"<th{kind(place)}>{escape(name)}</th>" for place, name in enumerate(names))
    body = "".join(
        "<tr>" + "".join(f"<td{kind(place)}>{cell}</td>" for place, cell in enumerate(row)) + "</tr>\n" for row in rows
    )
    return f"<table><tr>{head}</tr>\n{body}</table>"


def _bars(counts: Sequence[tuple[str, int]], names: tuple[str, str]) -> str:
    most = max((count for _, count in counts), default=1)
    rows = [(escape(name), f"{count:,}", _bar(count, most)) for name, count in counts]
    return _table((*names, ""), rows, numbers=1)


def _bar(count: int, most: int) -> str:
    return f"<div class='bar' style='width:{max(0.5, 100 * count / most):.1f}%'></div>"


def _share(part: int, whole: int) -> str:
    return f"{100 * part / max(whole, 1):.1f} %"


def _duration(seconds: float) -> str:
    if seconds < 120:
        return f"{seconds:.0f} s"
    if seconds < 7200:
        return f"{seconds / 60:.0f} min"
    return f"{seconds / 3600:.1f} h"
