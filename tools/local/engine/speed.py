"""Caches for results that the engine computes again and again. They change no behaviour."""

import functools
import sys
from collections.abc import Callable
from types import ModuleType
from typing import Any

from tools.local.engine.patching import core, patch, service


@patch
def arns_are_parsed_once() -> None:
    """The engine parses the same few ARNs fifteen times for each invocation."""
    original: Callable[[str], Any] = core("core.arn").parse_arn
    remembered = functools.lru_cache(maxsize=8192)(original)

    def parse_arn(value: Any) -> Any:
        # The value can be of any type. Only strings are cached, and failures are not.
        return remembered(value) if isinstance(value, str) else original(value)

    for module in [module for name, module in sys.modules.items() if name.startswith("ministack.")]:
        if isinstance(module, ModuleType) and getattr(module, "parse_arn", None) is original:
            module.parse_arn = parse_arn  # type: ignore[attr-defined]  # a module found at run time


@patch
def conditions_are_parsed_once() -> None:
    """The engine parses a condition at each use. The result depends on its text only, and there are few texts."""
    dynamodb = service("dynamodb")
    dynamodb._condition_syntax_error = functools.lru_cache(maxsize=1024)(dynamodb._condition_syntax_error)
