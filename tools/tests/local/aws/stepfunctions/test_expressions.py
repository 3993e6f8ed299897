"""JSONata as Step Functions evaluates it."""

import itertools
import re
from typing import Any

import pytest

from tools.local.aws.stepfunctions.expressions import ExpressionError, evaluate, fields_of_states, problem_of

STATES = {"input": {"n": None, "lines": [{"id": "a", "price": 2}, {"id": "b", "price": 1}], "one": [1]}, "context": {}}
VALUES: list[tuple[str, Any]] = [
    ("$states.input.lines.price", [2, 1]),
    ("$states.input.lines[id = 'b'].price", 1),
    ("$sum($states.input.lines.(price * 2))", 6),
    ("$states.input.lines^(price).id", ["b", "a"]),
    ("$states.input.lines{id: price}", {"a": 2, "b": 1}),
    ("$map($states.input.lines, function($line) { $line.id })", ["a", "b"]),
    ("$states.input.one", [1]),
    ("$states.input.n", None),
    ("$nothing", None),
    ("{'a': null}", {"a": None}),
    ("$who & '!'", "ann!"),
    ("10 / 4", 2.5),
    ("4 / 2", 2),
    ("( $x := 2; $x * 3 )", 6),
    ("$partition([1, 2, 3], 2)", [[1, 2], [3]]),
    ("$range(1, 5, 2)", [1, 3, 5]),
    ("$range(3, 1, -1)", [3, 2, 1]),
    ("$hash('a', 'SHA-256')", "ca978112ca1bbdcafac231b39a23dc4da786eff8147c4e72b9807785afee48bb"),
    ("$parse('{\"a\": [1]}').a", [1]),
    ("$random(7) = $random(7)", True),
]


@pytest.mark.parametrize(("text", "value"), VALUES)
def test_values(text: str, value: Any) -> None:
    expression = "{% " + text + " %}"
    assert problem_of(expression) == ""
    found = evaluate({"kept": "as it is", "found": [expression]}, {"who": "ann", "nothing": None}, STATES)
    assert found == {"kept": "as it is", "found": [value]}
    assert type(found["found"][0]) is type(value)


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("$states.input.missing", "returned nothing"),
        ("$unknown", "returned nothing"),
        ("$who + 1", "T2001"),
        ("1 / 0", "threw an error"),
        ("$error('mine')", "mine"),
        ("function($x) { $x }", "threw an error"),
        ("$parse('{')", "$parse takes a JSON text"),
        ("$hash('a', 'CRC')", "$hash takes"),
        ("$range(1, 5, 0)", "not 0"),
        ("$partition(1, 1)", "$partition takes"),
        ("( $f := function($n) { $f($n + 1) }; $f(0) )", "imeout"),
    ],
)
def test_errors(text: str, reason: str) -> None:
    with pytest.raises(ExpressionError, match=re.escape(reason)):
        evaluate("{% " + text + " %}", {"who": "ann"}, STATES)


def test_an_expression_does_not_fail_while_the_machine_is_asleep(monkeypatch: pytest.MonkeyPatch) -> None:
    """Each look at the clock is an hour later."""
    hours = itertools.count()
    monkeypatch.setattr("time.time", lambda: 3600.0 * next(hours))
    assert evaluate("{% $sum([1, 2]) %}", {}, STATES) == 3


def test_a_uuid_is_another_one_each_time() -> None:
    first, second = evaluate(["{% $uuid() %}", "{% $uuid() %}"], {}, STATES)
    assert re.fullmatch(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", first)
    assert first != second


def test_a_field_inside_of_a_path_needs_no_prefix() -> None:
    for text in ("$states.input.lines.{'i': id}", "$states.input.lines[$.price > 1]", "$states.input ~> |$|{'b': 1}|"):
        assert problem_of("{% " + text + " %}") == "", text


def test_the_fields_of_states_that_an_expression_reads() -> None:
    assert fields_of_states("{% $states.result.a + $sum($states.input.b) %}") == {"result", "input"}
    assert fields_of_states("{% $a.states.b %}") == frozenset()


def test_a_result_shares_nothing_with_the_input() -> None:
    given = {"input": {"list": [1]}, "context": {}}
    found = evaluate("{% $states.input %}", {}, given)
    found["list"].append(2)
    assert given["input"] == {"list": [1]}
