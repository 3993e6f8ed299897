"""Filter patterns: the examples that AWS documents, and what is refused."""

import json

import pytest

from tools.local.aws.logs.filter_pattern import matcher
from tools.local.aws.logs.pattern_parts import InvalidPattern

LINES = (
    "[ERROR 400] BAD REQUEST",
    "[ERROR 401] UNAUTHORIZED REQUEST",
    "[ERROR 419] MISSING ARGUMENTS",
    "[ERROR 420] INVALID ARGUMENTS",
    "[WARN 200] BAD ARGUMENTS",
    "[INFO] REQUEST DONE",
)
ALL = set(range(len(LINES)))


@pytest.mark.parametrize(
    ("pattern", "places"),
    [
        ("", ALL),
        ("  ", ALL),
        ("ERROR", {0, 1, 2, 3}),
        ("error", set()),
        ("ERR", set()),  # words, not parts of them
        ("ERROR ARGUMENTS", {2, 3}),
        ("?WARN ?INFO", {4, 5}),
        ("?INFO", {5}),
        ("ERROR -ARGUMENTS", {0, 1}),
        ("-ERROR", {4, 5}),
        ("-ERROR -INFO", {4}),
        ("?WARN ?INFO REQUEST", {0, 1, 5}),  # beside a plain term, terms with ? have no effect
        ('"INVALID ARGUMENTS"', {3}),
        ('"[ERROR 4"', set()),
        ('"[ERROR" "REQUEST"', {0, 1}),
        ('-"BAD REQUEST" ERROR', {1, 2, 3}),
        ("%AUTHORIZED%", {1}),
        (r"%40[01]%", {0, 1}),
    ],
)
def test_terms(pattern: str, places: set[int]) -> None:
    is_wanted = matcher(pattern)
    assert {place for place, line in enumerate(LINES) if is_wanted(line)} == places


def test_a_term_finds_a_word_of_a_json_line() -> None:
    assert matcher("?ERROR ?noted")('{"level":"ERROR","message":"failed"}')
    assert matcher("?ERROR ?noted")('{"level":"INFO","message":"noted"}')
    assert not matcher("?ERROR ?noted")('{"level":"INFO","message":"annotated"}')


EVENT = {
    "eventType": "UpdateTrail",
    "level": "ERROR",
    "took": 12.5,
    "count": 400,
    "text": "400",
    "sourceIPAddress": "111.111.111.111",
    "arrayKey": ["value", "another value"],
    "objectList": [{"name": "a", "enabled": True}, {"name": "b", "enabled": False}],
    "SomeObject": None,
    "ThisFlag": True,
    "off": False,
    "error.code": "E1",
    "user": {"name": "Kim", "id": 1},
}


@pytest.mark.parametrize(
    ("pattern", "is_wanted"),
    [
        ('{ $.eventType = "UpdateTrail" }', True),
        ("{$.eventType=UpdateTrail}", True),
        ('{ $.eventType = "Update*" }', True),
        ("{ $.eventType = *Trail }", True),
        ('{ $.eventType = "*date*" }', True),
        ('{ $.eventType = "Up*Trail" }', False),  # a star stands for text at the start or end only
        ("{ $.eventType = * }", True),
        ("{ $.missing = * }", False),
        ('{ $.eventType = "Update" }', False),
        ('{ $.eventType != "UpdateTrail" }', False),
        ('{ $.eventType != "Other" }', True),
        ('{ $.missing != "Other" }', False),  # a comparison needs the property
        ("{ $.missing NOT EXISTS }", True),
        ("{ $.eventType NOT EXISTS }", False),
        ("{ $.sourceIPAddress != 123.123.* }", True),
        ("{ $.sourceIPAddress = 111.111.* }", True),
        ('{ $.arrayKey[0] = "value" }', True),
        ('{ $.arrayKey[1] = "value" }', False),
        ('{ $.arrayKey[2] = "value" }', False),
        ('{ $.objectList[1].name = "b" }', True),
        ("{ $.objectList[*].enabled IS FALSE }", True),
        ('{ $.objectList[*].name = "c" }', False),
        ("{ $.SomeObject IS NULL }", True),
        ("{ $.missing IS NULL }", False),
        ("{ $.ThisFlag IS TRUE }", True),
        ("{ $.off IS TRUE }", False),
        ("{ $.off IS FALSE }", True),
        ("{ $.['error.code'] = E1 }", True),
        ('{ $.user.name = "Kim" && $.user.id = 1 }', True),
        ("{ $.count = 400 }", True),
        ("{ $.count >= 400 && $.count <= 4e2 }", True),
        ("{ $.count > 400 }", False),
        ("{ $.count != 400 }", False),
        ("{ $.text = 400 }", False),
        ('{ $.text = "400" }', True),
        ("{ $.took > 12 }", True),
        ("{ $.took < -1 }", False),
        ("{ $.eventType = %Trail% }", True),
        ("{ $.eventType = %^Trail% }", False),
        ('{ $.level = "INFO" || $.level = "ERROR" }', True),
        ('{ $.level = "ERROR" && $.count > 500 || $.ThisFlag IS TRUE }', True),
        ('{ $.level = "ERROR" && ($.count > 500 || $.off IS TRUE) }', False),
        ('{ ($.level = "ERROR") && ($.missing NOT EXISTS) }', True),
    ],
)
def test_properties(pattern: str, is_wanted: bool) -> None:
    assert matcher(pattern)(json.dumps(EVENT)) is is_wanted


@pytest.mark.parametrize("message", ["", "ERROR", "[ERROR 400]", '"ERROR"', '{"level": "ERROR"', "400"])
def test_a_line_that_is_no_json_object_has_no_properties(message: str) -> None:
    assert not matcher('{ $.level != "x" }')(message)
    assert not matcher("{ $.level NOT EXISTS }")(message)


@pytest.mark.parametrize(
    ("pattern", "why"),
    [
        ('{ $.level = "ERROR"', "If a filter pattern starts with '{' it must end with '}'"),
        ('{ level = "ERROR" }', r"expected a property such as \$.level, found level"),
        ("{ }", r"expected a property such as \$.level, found the end"),
        ("{ $.level }", "expected =, !=, <, >, <=, >=, IS TRUE"),
        ("{ $.level = }", "expected a value, found the end"),
        ('{ $.level == "ERROR" }', 'expected a value, found = "ERROR"'),
        ("{ $.level EXISTS }", "expected =, !=, <, >"),
        ('{ $.level > "ERROR" }', "expected a number after >"),
        ('{ $.level = "a" && }', "expected a property"),
        ('{ ($.level = "a" }', "expected a closing bracket"),
        ('{ $.level = "a") }', "expected nothing more"),
        ("{ $.a[*].b[*] = 1 }", r"more than one \[\*\]"),
        ("{ $.level = %a(b)% }", "a regular expression cannot contain"),
        ("[ip, user, status = 4*]", "does not serve space-delimited patterns"),
        ("a.b", "a.b is not a term"),
        ('"open', "is not a term"),
        ("%a!%", "%a!% has !, which"),
        ("%[%", "is not a regular expression"),
        ("%%", "has nothing"),
        ("%(ERROR|WARN)%", r"has \(, which a regular expression cannot contain"),
    ],
)
def test_an_invalid_pattern_is_refused_with_the_reason(pattern: str, why: str) -> None:
    with pytest.raises(InvalidPattern, match=why):
        matcher(pattern)
