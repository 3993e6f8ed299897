"""Access to the engine's modules, and the registration of patches.

The engine reads its settings from the process environment when it is first imported. So its modules are reached through
`core` and `service` inside functions, never by an import at the top of a file. Only this package and the modules named
`engine_*.py` import this one.
"""

import functools
import importlib
from collections.abc import Callable
from typing import Any

patches: dict[str, list[Callable[[], None]]] = {}
"""Module name -> its patches."""


def patch(function: Callable[[], None]) -> Callable[[], None]:
    """Register a patch of the module that defines it; `application` applies it before the engine serves."""
    patches.setdefault(function.__module__, []).append(function)
    return function


@functools.cache
def core(name: str) -> Any:
    """A module of the engine, such as `app`, `core.iam_evaluator` or `services.iam`."""
    return importlib.import_module(f"ministack.{name}")


def service(name: str) -> Any:
    """A service module as the engine itself loads it, so that its state is saved with the others."""
    return core("app")._get_module(name)
