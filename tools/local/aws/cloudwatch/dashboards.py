"""The checks of a dashboard's body: CloudWatch API Reference, *Dashboard Body Structure and Syntax*.

Guarantee: a body that CloudWatch refuses for its structure is refused. Widgets of types that are not drawn here are
accepted when they have a type that CloudWatch knows.
"""

import json
from collections.abc import Iterator, Mapping
from typing import Any

TYPES = ("metric", "text", "log", "alarm", "explorer", "custom")
MOST_WIDGETS, MOST_METRICS, MOST_ALARMS, MOST_DIMENSIONS = 500, 500, 100, 30
COLUMNS, MOST_ROWS = 24, 1000
VIEWS = ("timeSeries", "singleValue", "gauge", "bar", "pie", "table")
OPTIONS = ("accountId", "color", "expression", "id", "label", "period", "region", "stat", "visible", "yAxis")
_REQUIRED = {"metric": ("region",), "text": ("markdown",), "alarm": ("alarms",), "log": ("region", "query")}

Fault = dict[str, str]


def faults(body: str) -> list[Fault]:
    """Each fault with its place, as the errors of PutDashboard list them; none for a valid body."""
    try:
        document = json.loads(body)
    except ValueError as error:
        return [_fault("", f"The dashboard body is not valid JSON: {error}")]
    if not isinstance(document, dict) or not isinstance(document.get("widgets"), list):
        return [_fault("", "Should have required property 'widgets'")]
    if len(document["widgets"]) > MOST_WIDGETS:
        return [_fault("/widgets", f"Should NOT have more than {MOST_WIDGETS} items")]
    return [fault for at, widget in enumerate(document["widgets"]) for fault in _widget(f"/widgets/{at}", widget)]


def message(found: list[Fault]) -> str:
    """The text of the error InvalidParameterInput."""
    return f"The dashboard body is invalid, there are {len(found)} validation errors: {json.dumps(found)}"


def _fault(place: str, text: str) -> Fault:
    return {"dataPath": place, "message": text}


def _widget(place: str, widget: Any) -> Iterator[Fault]:
    if not isinstance(widget, Mapping):
        yield _fault(place, "Should be object")
        return
    kind, properties = widget.get("type"), widget.get("properties")
    if kind not in TYPES:
        yield _fault(f"{place}/type", f"Should be equal to one of the allowed values: {', '.join(TYPES)}")
        return
    for name, low, high in (("x", 0, COLUMNS - 1), ("width", 1, COLUMNS), ("height", 1, MOST_ROWS), ("y", 0, None)):
        value = widget.get(name, low)
        if isinstance(value, bool) or not isinstance(value, int):
            yield _fault(f"{place}/{name}", "Should be integer")
        elif value < low or (high is not None and value > high):
            yield _fault(f"{place}/{name}", f"Should be between {low} and {high or 'any number'}")
    if not isinstance(properties, Mapping):
        yield _fault(place, "Should have required property 'properties'")
        return
    for name in _REQUIRED.get(str(kind), ()):
        if not properties.get(name):
            yield _fault(f"{place}/properties", f"Should have required property '{name}'")
    if kind == "metric":
        yield from _metrics(f"{place}/properties", properties)
    alarms = properties.get("alarms")
    if kind == "alarm" and isinstance(alarms, list) and len(alarms) > MOST_ALARMS:
        yield _fault(f"{place}/properties/alarms", f"Should NOT have more than {MOST_ALARMS} items")


def _metrics(place: str, properties: Mapping[str, Any]) -> Iterator[Fault]:
    if properties.get("view", VIEWS[0]) not in VIEWS:
        yield _fault(f"{place}/view", f"Should be equal to one of the allowed values: {', '.join(VIEWS)}")
    metrics = properties.get("metrics")
    if not metrics:
        if not (properties.get("annotations") or {}).get("alarms"):
            yield _fault(place, "Should have required property 'metrics'")
        return
    if not isinstance(metrics, list) or len(metrics) > MOST_METRICS:
        yield _fault(f"{place}/metrics", f"Should be an array of at most {MOST_METRICS} items")
        return
    for at, metric in enumerate(metrics):
        yield from _metric(f"{place}/metrics/{at}", metric)


def _metric(place: str, metric: Any) -> Iterator[Fault]:
    """Namespace, name, pairs of dimension and value; last a map of options, which alone can be an expression."""
    if not isinstance(metric, list) or not metric:
        yield _fault(place, "Should be array")
        return
    named = metric[:-1] if isinstance(metric[-1], Mapping) else metric
    options: Mapping[str, Any] = metric[-1] if isinstance(metric[-1], Mapping) else {}
    for name in options:
        if name not in OPTIONS:
            yield _fault(f"{place}/{len(named)}", f"Should NOT have additional property '{name}'")
    for at, part in enumerate(named):
        if not isinstance(part, str):
            yield _fault(f"{place}/{at}", 'Invalid metric field type, only "String" type is allowed')
            return
    if "expression" in options:
        if named:
            yield _fault(place, "Should NOT have more than 1 items")
        return
    if len(named) < 2:
        yield _fault(place, "Should NOT have less than 2 items")
    elif len(named) % 2 or len(named) > 2 + 2 * MOST_DIMENSIONS:
        yield _fault(place, f"Should NOT have more than {len(named) - len(named) % 2} items")
