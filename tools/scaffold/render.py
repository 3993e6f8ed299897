"""The template language of the files in `files/`: `<<name>>`, and lines that begin with `%%`.

`%% if name` ... `%% else` ... `%% end` keeps lines when the value is not empty; `%% for item in names` ... `%% end`
repeats them, with `<<item.field>>`. An unknown name raises KeyError.
"""

import re
from collections.abc import Iterator, Mapping
from typing import Any

_NAME = re.compile(r"<<([A-Za-z_.]+)>>")


def render(text: str, values: Mapping[str, Any]) -> str:
    lines = iter(text.splitlines())
    made = list(_block(lines, values, (), keep=True)[0])
    return "\n".join(made).strip("\n") + "\n"


def _block(
    lines: Iterator[str], values: Mapping[str, Any], ends: tuple[str, ...], *, keep: bool
) -> tuple[list[str], str]:
    """The lines up to one of the ends, and that end."""
    made: list[str] = []
    for line in lines:
        words = line.split()[1:] if line.startswith("%%") else []
        match words:
            case []:
                if keep:
                    made.append(_NAME.sub(lambda found: str(look_up(values, found[1])), line))
            case ["if", name]:
                is_so = keep and bool(look_up(values, name))
                then, end = _block(lines, values, ("else", "end"), keep=is_so)
                made += then
                if end == "else":
                    made += _block(lines, values, ("end",), keep=keep and not is_so)[0]
            case ["for", item, "in", name]:
                made += _loop(lines, values, item, look_up(values, name) if keep else ())
            case [end] if end in ends:
                return made, end
            case _:
                raise ValueError(f"an unknown or misplaced directive: {line}")
    if ends:
        raise ValueError("a block has no %% end")
    return made, ""


def _loop(lines: Iterator[str], values: Mapping[str, Any], item: str, each: Any) -> list[str]:
    body: list[str] = []
    depth = 1
    for line in lines:
        words = line.split()[1:2] if line.startswith("%%") else []
        depth += words in (["if"], ["for"])
        depth -= words == ["end"]
        if depth == 0:
            break
        body.append(line)
    else:
        raise ValueError("a block has no %% end")
    made: list[str] = []
    for value in each:
        made += _block(iter(body), {**values, item: value}, (), keep=True)[0]
    return made


def look_up(values: Mapping[str, Any], name: str) -> Any:
    first, *rest = name.split(".")
    value: Any = values[first]
    for part in rest:
        value = getattr(value, part)
    return value
