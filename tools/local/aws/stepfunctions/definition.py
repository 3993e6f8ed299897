"""The definition of a state machine in JSONata: what is refused, and what this cloud's own executor runs.

Amazon States Language (states-language.net/spec.html), and the page *Using Amazon States Language to define Step
Functions workflows*. `tools.check.rules` lints with the same functions.
"""

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from tools.local.aws.stepfunctions.expressions import expressions_in, fields_of_states, is_expression, problem_of

Definition = Mapping[str, Any]

INVOKE = "arn:aws:states:::lambda:invoke"
WAIT_FOR_TOKEN = f"{INVOKE}.waitForTaskToken"
LONGEST = 99_999_999
"""The most seconds of a wait or a time-out, and the default of TimeoutSeconds."""
MAX_BYTES = 1_000_000
"""A definition's size."""
_VARIABLE = re.compile(r"[^\W\d]\w{0,79}")

_TOP = {"Comment", "QueryLanguage", "StartAt", "States", "TimeoutSeconds", "Version"}
_COMMON = {"Type", "Comment", "QueryLanguage"}
_GOES_ON = {"Next", "End", "Assign", "Output"}
FIELDS: dict[str, set[str]] = {
    "Task": _COMMON | _GOES_ON | {"Resource", "Arguments", "TimeoutSeconds", "HeartbeatSeconds", "Retry", "Catch"},
    "Pass": _COMMON | _GOES_ON,
    "Wait": _COMMON | _GOES_ON | {"Seconds", "Timestamp"},
    "Choice": _COMMON | {"Choices", "Default", "Assign", "Output"},
    "Succeed": _COMMON | {"Output"},
    "Fail": _COMMON | {"Error", "Cause"},
}
"""The fields of each type of state that the executor runs."""
_OTHER_TYPES = ("Map", "Parallel")
_CHOICE = {"Condition", "Next", "Assign", "Output", "Comment"}
_RETRIER = {
    "ErrorEquals",
    "IntervalSeconds",
    "MaxAttempts",
    "BackoffRate",
    "MaxDelaySeconds",
    "JitterStrategy",
    "Comment",
}
_CATCHER = {"ErrorEquals", "Next", "Assign", "Output", "Comment"}
_ARGUMENTS = {"FunctionName", "Payload", "Qualifier", "InvocationType"}


@dataclass(frozen=True)
class Wrong:
    """One thing that Step Functions refuses: its code, the reason, and the place."""

    code: str
    reason: str
    path: str

    def __str__(self) -> str:
        return f"{self.code}: {self.reason} at {self.path or '/'}"


def read(text: str) -> Any:
    """The definition as JSON. Raises ValueError with the reason."""

    def without_repeats(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        found: dict[str, Any] = {}
        for key, value in pairs:
            if key in found:
                raise ValueError(f"Duplicate field '{key}'")
            found[key] = value
        return found

    return json.loads(text, object_pairs_hook=without_repeats)


def is_ours(definition: Any, kind: str) -> bool:
    """Whether the executor of this package runs the machine. The engine runs all others."""
    if kind != "STANDARD" or not isinstance(definition, dict) or definition.get("QueryLanguage") != "JSONata":
        return False
    states = definition.get("States")
    return isinstance(states, dict) and not any(
        isinstance(state, dict)
        and (
            state.get("Type") in _OTHER_TYPES
            or state.get("QueryLanguage") == "JSONPath"
            or (state.get("Type") == "Task" and _is_other_resource(state.get("Resource")))
        )
        for state in states.values()
    )


def _is_other_resource(resource: Any) -> bool:
    return isinstance(resource, str) and resource.startswith("arn:") and not resource.startswith(INVOKE)


def wrong_in(definition: Any) -> Iterator[Wrong]:
    """What Step Functions refuses in the definition of a machine that is ours."""
    if not isinstance(definition, dict):
        yield _schema("The definition must be an object", "")
        return
    yield from _fields(definition, _TOP, "")
    yield from _seconds(definition, "TimeoutSeconds", "", may_be_expression=False, least=1)
    states = definition.get("States")
    if not isinstance(states, dict) or not states:
        yield _schema("The field 'States' must have at least one state", "/States")
        return
    for name, state in states.items():
        path = f"/States/{name}"
        if not 1 <= len(name) <= 80:
            yield _schema("The name of a state has 1 to 80 characters", path)
        if not isinstance(state, dict):
            yield _schema("A state must be an object", path)
        elif state.get("Type") not in FIELDS:
            yield _schema(f"The value for the field 'Type' must be one of {', '.join(FIELDS)}", f"{path}/Type")
        else:
            yield from _of_state(state, path)
    yield from _transitions(definition, states)


def _schema(reason: str, path: str) -> Wrong:
    return Wrong("SCHEMA_VALIDATION_FAILED", reason, path)


def _fields(found: Mapping[str, Any], known: set[str], path: str) -> Iterator[Wrong]:
    for name in found:
        if name not in known:
            yield _schema(f"The field '{name}' is not supported by Step Functions in JSONata", f"{path}/{name}")


def _of_state(state: Definition, path: str) -> Iterator[Wrong]:
    kind = state["Type"]
    yield from _fields(state, FIELDS[kind], path)
    if state.get("QueryLanguage", "JSONata") != "JSONata":
        yield _schema("The value for the field 'QueryLanguage' must be JSONata or JSONPath", f"{path}/QueryLanguage")
    if {"Next", "End"} <= FIELDS[kind]:
        if ("Next" in state) == ("End" in state):
            yield _schema("A state must have either the field 'Next' or the field 'End'", path)
        if state.get("End", True) is not True:
            yield _schema("The value for the field 'End' must be true", f"{path}/End")
    checks = {"Task": _task, "Choice": _choice, "Wait": _wait, "Fail": _fail}
    if kind in checks:
        yield from checks[kind](state, path)
    yield from _assign(state, path)
    yield from _expressions(state, path)


def _task(state: Definition, path: str) -> Iterator[Wrong]:
    resource = state.get("Resource")
    if resource not in (INVOKE, WAIT_FOR_TOKEN):
        yield _schema(f"The resource {resource} is not one of {INVOKE} and {WAIT_FOR_TOKEN}", f"{path}/Resource")
    arguments = state.get("Arguments")
    if isinstance(arguments, dict):
        yield from _fields(arguments, _ARGUMENTS, f"{path}/Arguments")
        if "FunctionName" not in arguments:
            yield _schema("The field 'FunctionName' is required but was missing", f"{path}/Arguments")
    elif not is_expression(arguments):
        yield _schema("The field 'Arguments' must be an object or a JSONata expression", f"{path}/Arguments")
    if resource == WAIT_FOR_TOKEN and "$states.context" not in json.dumps(arguments):
        yield _schema("A task that waits for a token must pass $states.context.Task.Token on", f"{path}/Arguments")
    yield from _seconds(state, "TimeoutSeconds", path, least=1)
    yield from _seconds(state, "HeartbeatSeconds", path, least=1)
    beat, limit = state.get("HeartbeatSeconds"), state.get("TimeoutSeconds", LONGEST)
    if isinstance(beat, int) and isinstance(limit, int) and beat >= limit:
        yield _schema("HeartbeatSeconds must be smaller than TimeoutSeconds", f"{path}/HeartbeatSeconds")
    yield from _handlers(state, "Retry", _RETRIER, path)
    yield from _handlers(state, "Catch", _CATCHER, path)


def _handlers(state: Definition, field: str, known: set[str], path: str) -> Iterator[Wrong]:
    handlers = state.get(field, [])
    if not isinstance(handlers, list) or not all(isinstance(one, dict) for one in handlers):
        yield _schema(f"The field '{field}' must be a list of objects", f"{path}/{field}")
        return
    for index, handler in enumerate(handlers):
        place = f"{path}/{field}[{index}]"
        yield from _fields(handler, known, place)
        errors = handler.get("ErrorEquals")
        if not isinstance(errors, list) or not errors or not all(isinstance(one, str) for one in errors):
            yield _schema("The field 'ErrorEquals' must be a list of at least one name", f"{place}/ErrorEquals")
        elif "States.ALL" in errors and (len(errors) > 1 or index < len(handlers) - 1):
            yield _schema("States.ALL must be alone, and in the last one", f"{place}/ErrorEquals")
        if field == "Catch":
            if not isinstance(handler.get("Next"), str):
                yield _schema("The field 'Next' is required but was missing", place)
            yield from _assign(handler, place)
            continue
        yield from _seconds(handler, "IntervalSeconds", place, may_be_expression=False, least=1)
        yield from _seconds(handler, "MaxAttempts", place, may_be_expression=False, least=0)
        yield from _seconds(handler, "MaxDelaySeconds", place, may_be_expression=False, least=1, most=31_622_399)
        rate = handler.get("BackoffRate", 2)
        if isinstance(rate, bool) or not isinstance(rate, int | float) or rate < 1:
            yield _schema("BackoffRate must be a number of at least 1.0", f"{place}/BackoffRate")
        if handler.get("JitterStrategy", "NONE") not in ("NONE", "FULL"):
            yield _schema("JitterStrategy must be NONE or FULL", f"{place}/JitterStrategy")


def _choice(state: Definition, path: str) -> Iterator[Wrong]:
    choices = state.get("Choices")
    if not isinstance(choices, list) or not choices or not all(isinstance(one, dict) for one in choices):
        yield _schema("The field 'Choices' must be a list of at least one rule", f"{path}/Choices")
        return
    for index, rule in enumerate(choices):
        place = f"{path}/Choices[{index}]"
        yield from _fields(rule, _CHOICE, place)
        if not (isinstance(rule.get("Condition"), bool) or is_expression(rule.get("Condition"))):
            yield _schema("The field 'Condition' must be a JSONata expression", f"{place}/Condition")
        if not isinstance(rule.get("Next"), str):
            yield _schema("The field 'Next' is required but was missing", place)
        yield from _assign(rule, place)


def _wait(state: Definition, path: str) -> Iterator[Wrong]:
    if ("Seconds" in state) == ("Timestamp" in state):
        yield _schema("A Wait state must have either the field 'Seconds' or the field 'Timestamp'", path)
    yield from _seconds(state, "Seconds", path, least=0)
    if "Timestamp" in state and not isinstance(state["Timestamp"], str):
        yield _schema("The field 'Timestamp' must be a string", f"{path}/Timestamp")


def _fail(state: Definition, path: str) -> Iterator[Wrong]:
    for name in ("Error", "Cause"):
        if not isinstance(state.get(name, ""), str):
            yield _schema(f"The field '{name}' must be a string", f"{path}/{name}")


def _seconds(
    found: Definition, name: str, path: str, *, least: int, most: int = LONGEST, may_be_expression: bool = True
) -> Iterator[Wrong]:
    if name not in found or (may_be_expression and is_expression(found[name])):
        return
    value = found[name]
    if isinstance(value, bool) or not isinstance(value, int) or not least <= value <= most:
        yield _schema(f"The field '{name}' must be a whole number from {least} to {most}", f"{path}/{name}")


def _assign(found: Definition, path: str) -> Iterator[Wrong]:
    names = found.get("Assign", {})
    if not isinstance(names, dict):
        yield _schema("The field 'Assign' must be an object", f"{path}/Assign")
        return
    for name in names:
        if not _VARIABLE.fullmatch(name) or name == "states":
            yield _schema(f"'{name}' is not a name for a variable", f"{path}/Assign/{name}")


def _expressions(state: Definition, path: str) -> Iterator[Wrong]:
    """Expressions that do not parse, and fields of `$states` that do not exist where they are read."""
    for place, text in expressions_in(dict(state)):
        if problem := problem_of(text):
            yield Wrong("INVALID_JSONATA_EXPRESSION", problem, f"{path}{place}")
            continue
        known = {"input", "context"}
        if place.startswith(("/Output", "/Assign")) and state["Type"] == "Task":
            known.add("result")
        elif re.match(r"/Catch\[\d+\]/(Output|Assign)", place):
            known.add("errorOutput")
        for name in sorted(fields_of_states(text) - known):
            yield Wrong("INVALID_JSONATA_EXPRESSION", f"$states.{name} is not available here", f"{path}{place}")
        if place in ("/Type", "/Resource", "/Next", "/Comment", "/Default"):
            yield _schema("This field takes no expression", f"{path}{place}")


def targets_of(state: Definition) -> Iterator[tuple[str, Any]]:
    """The transitions of a state: where each is written, and the name of the next state."""
    for field in ("Next", "Default"):
        if field in state:
            yield f"/{field}", state[field]
    for field in ("Choices", "Catch"):
        for index, each in enumerate(state.get(field) or []):
            if isinstance(each, dict) and "Next" in each:
                yield f"/{field}[{index}]/Next", each["Next"]


def _transitions(definition: Definition, states: Mapping[str, Any]) -> Iterator[Wrong]:
    start = definition.get("StartAt")
    if start not in states:
        yield Wrong("MISSING_TRANSITION_TARGET", f"Missing 'Next' target: {start}", "/StartAt")
        return
    reached, waiting = set(), [str(start)]
    while waiting:
        name = waiting.pop()
        if name in reached or not isinstance(states.get(name), dict):
            continue
        reached.add(name)
        for place, target in targets_of(states[name]):
            if target not in states:
                yield Wrong("MISSING_TRANSITION_TARGET", f"Missing 'Next' target: {target}", f"/States/{name}{place}")
            else:
                waiting.append(target)
    for name in states:
        if name not in reached:
            yield Wrong("MISSING_TRANSITION_TARGET", f'State "{name}" is not reachable.', f"/States/{name}")
    if not any(_ends(states[name]) for name in reached):
        yield Wrong("MISSING_END_STATE", "No state ends the execution", "/States")


def _ends(state: Definition) -> bool:
    return state.get("End") is True or state.get("Type") in ("Succeed", "Fail")
