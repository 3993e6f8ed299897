"""Mapping templates of integrations (VTL) with API Gateway's variables.

API Gateway Developer Guide: *Mapping template transformations*, *Variables for data transformations*, *Override your
API's request and response parameters and status codes*. Velocity itself is the library airspeed-ext. What this module
does not know raises TemplateFailed, where AWS may render something: a request must not depend on that.
"""

import base64
import functools
import importlib
import json
import re
import urllib.parse
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

_STEP = re.compile(r"\.([A-Za-z_][\w-]*)|\[(\d+)\]|\['([^']+)'\]|\[\"([^\"]+)\"\]")
_ESCAPES = {
    "'": "\\'",
    '"': '\\"',
    "\\": "\\\\",
    "/": "\\/",
    "\n": "\\n",
    "\r": "\\r",
    "\t": "\\t",
    "\b": "\\b",
    "\f": "\\f",
}


class TemplateFailed(Exception):
    """A template cannot be rendered."""


@dataclass(frozen=True)
class Source:
    """What a template reads: the body, the parameters of the method's request, and the context."""

    body: str
    path: Mapping[str, str] = field(default_factory=dict)
    query: Mapping[str, str] = field(default_factory=dict)
    headers: Mapping[str, str] = field(default_factory=dict)
    context: Mapping[str, Any] = field(default_factory=dict)
    stage_variables: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Rendered:
    """The text, and what the template set in `$context.responseOverride`."""

    text: str
    status: int | None = None
    headers: Mapping[str, str] = field(default_factory=dict)


def render(template: str, source: Source) -> Rendered:
    """Render a template. Raises TemplateFailed."""
    override: dict[str, Any] = {"header": {}}
    names = {
        "input": _Input(source),
        "util": _Util(),
        "context": {**source.context, "responseOverride": override},
        "stageVariables": dict(source.stage_variables),
    }
    velocity = _velocity()
    try:
        text = velocity.Template(template).merge(names)
    except TemplateFailed:
        raise
    except Exception as error:  # the library has no common error, and wraps those of our functions
        raise TemplateFailed(" ".join(str(error).split())) from None
    status = override.get("status")
    return Rendered(
        _utf8(text).decode(),
        None if status is None else int(status),
        {k: str(v) for k, v in override["header"].items()},
    )


# Methods of Java's String that the library lacks: without them a condition would silently be false.
_JAVA_STRING: Mapping[str, Callable[..., Any]] = {
    "endsWith": lambda text, end: text.endswith(end),
    "equals": lambda text, other: text == other,
    "equalsIgnoreCase": lambda text, other: text.lower() == str(other).lower(),
    "isEmpty": lambda text: not text,
    "toLowerCase": lambda text: text.lower(),
    "toUpperCase": lambda text: text.upper(),
    "toString": lambda text: text,
    "trim": lambda text: text.strip(),
    "indexOf": lambda text, part: text.find(part),
}


@functools.cache
def _velocity() -> Any:
    operators = importlib.import_module("airspeed.operators")  # untyped, and needed by few clouds
    operators.__additional_methods__[str].update(_JAVA_STRING)
    return operators


class _Strict:
    def __getattr__(self, name: str) -> Any:
        raise TemplateFailed(f"${type(self).__name__[1:].lower()}.{name} is not known here")


class _Input(_Strict):
    """`$input`."""

    def __init__(self, source: Source) -> None:
        self.body = source.body
        self._source = source

    def json(self, path: str) -> str:
        """The part of the body as a JSON text; empty without such a part."""
        found = self.path(path)
        return "" if found is None else json.dumps(found, ensure_ascii=False, separators=(",", ":"))

    def path(self, path: str) -> Any:
        """The part of the body as a value; None without such a part."""
        try:
            value = json.loads(self.body or "{}")
        except ValueError:
            raise TemplateFailed("the body is not JSON") from None
        for step in _steps(path):
            if isinstance(step, int):
                value = value[step] if isinstance(value, list) and step < len(value) else None
            else:
                value = value.get(step) if isinstance(value, dict) else None
        return value

    def params(self, name: str | None = None) -> Any:
        """One parameter, searched in path, query string and headers; without a name all of them."""
        places = {"path": self._source.path, "querystring": self._source.query, "header": self._source.headers}
        if name is None:
            return {place: dict(values) for place, values in places.items()}
        return next((values[name] for values in places.values() if name in values), "")


def _steps(path: str) -> list[str | int]:
    if not path.startswith("$"):
        raise TemplateFailed(f"the path {path} must start with $")
    steps: list[str | int] = []
    place = 1
    while place < len(path):
        found = _STEP.match(path, place)
        if found is None:
            raise TemplateFailed(f"the path {path} is not served here")
        name, index, *quoted = found.groups()
        steps.append(int(index) if index is not None else next(one for one in (name, *quoted) if one is not None))
        place = found.end()
    return steps


class _Util(_Strict):
    """`$util`."""

    def escapeJavaScript(self, text: Any) -> str:  # noqa: N802 - API Gateway's name
        """The text for a JavaScript string: quotes, apostrophes and slashes with a backslash; what is not ASCII as \\u,
        each UTF-16 code unit by itself, half of a surrogate pair too (escapeJavaScript of Apache Commons Lang).

        JSON has no escaped apostrophe, so a template for JSON replaces it again.
        """
        return "".join(_escaped(character) for character in _text(text))

    def parseJson(self, text: Any) -> Any:  # noqa: N802 - API Gateway's name
        try:
            return json.loads(_text(text))
        except ValueError:
            raise TemplateFailed("$util.parseJson: the text is not JSON") from None

    def urlEncode(self, text: Any) -> str:  # noqa: N802 - API Gateway's name
        return urllib.parse.quote_plus(_utf8(_text(text)))

    def urlDecode(self, text: Any) -> str:  # noqa: N802 - API Gateway's name
        return urllib.parse.unquote_plus(_text(text))

    def base64Encode(self, text: Any) -> str:  # noqa: N802 - API Gateway's name
        return base64.b64encode(_utf8(_text(text))).decode()

    def base64Decode(self, text: Any) -> str:  # noqa: N802 - API Gateway's name
        return base64.b64decode(_text(text)).decode()


def _escaped(character: str) -> str:
    if character in _ESCAPES:
        return _ESCAPES[character]
    if " " <= character <= "~":
        return character
    units = character.encode("utf-16-be", "surrogatepass")
    return "".join(f"\\u{units[place]:02X}{units[place + 1]:02X}" for place in range(0, len(units), 2))


def _utf8(text: str) -> bytes:
    """As Java encodes it: half of a surrogate pair, which JSON can hold and UTF-8 cannot, becomes a question mark."""
    return text.encode("utf-8", "replace")


def _text(value: Any) -> str:
    if not isinstance(value, str):
        raise TemplateFailed(f"a text is needed, not {type(value).__name__}")
    return value
