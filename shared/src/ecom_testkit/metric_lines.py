"""The metrics in what a function wrote to its log."""

import json
from collections import Counter
from typing import Any


def metric_lines(written: str) -> list[dict[str, Any]]:
    """The lines in CloudWatch's embedded metric format."""
    return [document for document in map(_document, written.splitlines()) if "_aws" in document]


def sums(written: str, **dimensions: str) -> dict[str, int]:
    """What CloudWatch adds up, by name of the metric. Each line must have these dimensions, if any are given."""
    found: Counter[str] = Counter()
    for document in metric_lines(written):
        (directive,) = document["_aws"]["CloudWatchMetrics"]
        (names,) = directive["Dimensions"]
        if dimensions:
            assert {name: document[name] for name in names} == dimensions, document
        for metric in directive["Metrics"]:
            values = document[metric["Name"]]
            found[metric["Name"]] += sum(values) if isinstance(values, list) else values
    return dict(found)


def _document(line: str) -> dict[str, Any]:
    try:
        document = json.loads(line)
    except ValueError:
        return {}
    return document if isinstance(document, dict) else {}
