"""What the engine does again and again for the same answer, remembered. Changes no behaviour."""

import functools
import sys
from collections.abc import Callable
from types import ModuleType
from typing import Any

from tools.local.engine.patching import core, patch, service


@patch
def names_are_parsed_once() -> None:
    """The engine takes the same few ARNs apart fifteen times for each invocation."""
    original: Callable[[str], Any] = core("core.arn").parse_arn
    remembered = functools.lru_cache(maxsize=8192)(original)

    def parse_arn(value: Any) -> Any:
        # Anything may come here; only texts can be remembered, and a failure is none of them.
        return remembered(value) if isinstance(value, str) else original(value)

    for module in [module for name, module in sys.modules.items() if name.startswith("ministack.")]:
        if isinstance(module, ModuleType) and getattr(module, "parse_arn", None) is original:
            module.parse_arn = parse_arn  # type: ignore[attr-defined]  # of a module that is known at run time alone


@patch
def conditions_are_read_once() -> None:
    """The engine reads a condition's grammar at each use; the answer depends on its text alone, and ours are few."""
    dynamodb = service("dynamodb")
    dynamodb._condition_syntax_error = functools.lru_cache(maxsize=1024)(dynamodb._condition_syntax_error)
