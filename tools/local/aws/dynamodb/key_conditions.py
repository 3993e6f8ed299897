"""The key condition of a Query: one partition, and a range of its order."""

from bisect import bisect_left, bisect_right
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from tools.local.aws.dynamodb.engine_partitions import Entry, key_names, sort_value

Item = dict[str, Any]
Tokens = list[tuple[str, str]]
_COMPARISONS = ("EQ", "LT", "LE", "GT", "GE")


@dataclass(frozen=True)
class KeyCondition:
    """A partition, and an operator with its values for the sort key. No operator selects the whole partition."""

    partition: str
    operator: str = ""
    values: tuple[Any, ...] = ()

    def bounds(self, entries: list[Entry]) -> tuple[int, int]:
        """The begin and the end of the range in the sorted partition."""
        if not self.operator:
            return 0, len(entries)
        first, last = self.values[0], self.values[-1]
        if self.operator == "BEGINS_WITH":
            size = len(first)
            return (
                bisect_left(entries, first, key=sort_value),
                bisect_right(entries, first, key=lambda entry: sort_value(entry)[:size]),
            )
        below, above = bisect_left(entries, first, key=sort_value), bisect_right(entries, last, key=sort_value)
        begin = {"EQ": below, "GE": below, "BETWEEN": below, "GT": above}.get(self.operator, 0)
        end = {"EQ": above, "LE": above, "BETWEEN": above, "LT": below}.get(self.operator, len(entries))
        return begin, end


def parse(dynamodb: Any, table: Item, data: Mapping[str, Any]) -> KeyCondition | None:
    """The condition of a request; None if it is not understood. Then the engine answers or refuses."""
    index = data.get("IndexName") or None
    expression = data.get("KeyConditionExpression")
    if not isinstance(expression, str) or (index and dynamodb._index_def(table, index) is None):
        return None
    hashes, ranges = key_names(dynamodb, table, index)
    if len(hashes) != 1 or len(ranges) > 1:
        return None
    try:
        clauses = dynamodb._key_condition_clauses(dynamodb._tokenize(expression))
    except ValueError:
        return None
    found = {}
    for clause in clauses:
        name, operator, references = _clause(clause, data.get("ExpressionAttributeNames") or {})
        values = [(data.get("ExpressionAttributeValues") or {}).get(one) for one in references]
        kind = dynamodb._get_attr_type(table, name)
        if not operator or name in found or not all(isinstance(one, dict) and set(one) == {kind} for one in values):
            return None
        found[name] = operator, values
    return _asked(dynamodb, table, found, hashes[0], ranges[0] if ranges else "")


def _asked(
    dynamodb: Any, table: Item, found: dict[str, tuple[str, list[Any]]], hash_key: str, sort_key: str
) -> KeyCondition | None:
    operator, values = found.pop(hash_key, ("", []))
    if operator != "EQ" or set(found) - {sort_key}:
        return None
    partition = dynamodb._extract_key_val(values[0])
    if not found:
        return KeyCondition(partition)
    operator, values = found[sort_key]
    kind = dynamodb._get_attr_type(table, sort_key)
    return KeyCondition(partition, operator, tuple(dynamodb._sort_key_value(one, kind) for one in values))


def _clause(tokens: Tokens, names: Mapping[str, str]) -> tuple[str, str, list[str]]:
    """Name, operator and references to values of one clause. No operator when the clause has another form."""
    kinds = [kind for kind, _ in tokens]
    words = [word for _, word in tokens]

    def named(position: int) -> str:
        return names.get(words[position], "") if kinds[position] == "NAME_REF" else words[position]

    is_name = ("IDENT", "NAME_REF")
    if len(tokens) == 3 and kinds[0] in is_name and kinds[1] in _COMPARISONS and kinds[2] == "VALUE_REF":
        return named(0), kinds[1], [words[2]]
    between = len(tokens) == 5 and kinds[0] in is_name and words[1].upper() == "BETWEEN" and words[3].upper() == "AND"
    if between and kinds[2] == kinds[4] == "VALUE_REF":
        return named(0), "BETWEEN", [words[2], words[4]]
    begins = len(tokens) == 6 and words[0] == "begins_with" and kinds[2] in is_name and kinds[4] == "VALUE_REF"
    if begins and kinds[1:6:2] == ["LPAREN", "COMMA", "RPAREN"]:
        return named(2), "BEGINS_WITH", [words[4]]
    return "", "", []
