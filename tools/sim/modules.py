"""One set of modules per simulated execution environment.

On Lambda each execution environment is a process: its circuit breaker, caches and Powertools are its own. Here each
environment executes the modules of its service again, and an import statement inside them finds the set's modules. So
imports need no change in the handlers, and `sys.modules` stays as it is. Modules that touch the outside (time,
randomness, threads, variables, the HTTP pool) are replaced by the set's edges.
"""

import builtins
import dataclasses
import sys
import sysconfig
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from types import CodeType, ModuleType
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
# Loaded again in each set, besides the services' own packages: they keep state in their modules.
LIBRARIES = ("ecom", "aws_lambda_powertools", "logging")
# Texts that are loaded instead of files: planted defects.
PLANTED: dict[Path, str] = {}


@cache
def _folder_of(top: str) -> Path:
    """The folder that has the package. Raises ModuleNotFoundError."""
    service = [path.parent for path in sorted(ROOT.glob(f"*/src/{top}")) if path.is_dir()]
    installed = [Path(sysconfig.get_path(kind)) for kind in ("purelib", "stdlib")]
    for folder in (*service, *installed):
        if (folder / top).is_dir():
            return folder
    raise ModuleNotFoundError(top)


@cache
def _place(name: str) -> tuple[Path, bool]:
    """The file of a module, and whether it is a package."""
    top = name.partition(".")[0]
    base = _folder_of(top).joinpath(*name.split("."))
    package, module = base / "__init__.py", base.with_suffix(".py")
    path = package if package.is_file() else module
    if not path.is_file():
        raise ModuleNotFoundError(name)
    return path, path == package


@cache
def _compiled(path: Path, planted: str | None) -> CodeType:
    """Compiled once for all sets."""
    return compile(path.read_bytes() if planted is None else planted, str(path), "exec", dont_inherit=True)


@cache
def _compiled_text(text: str) -> CodeType:
    return compile(text, "<string>", "exec", dont_inherit=True)


def _execute_text(text: str, names: dict[str, Any], results: dict[str, Any]) -> None:
    exec(_compiled_text(text), names, results)  # noqa: S102 - a text of `dataclasses`


# `dataclasses` writes each method of a class as a text. The texts are the same in each set, and compiling them took
# half of the time in which a set is loaded.
vars(dataclasses)["exec"] = _execute_text


class ModuleSet:
    """The modules of one execution environment. `edges` replace modules by name."""

    def __init__(self, edges: Mapping[str, Any], builtin_edges: Mapping[str, Any] | None = None) -> None:
        self.modules: dict[str, Any] = dict(edges)
        self._edges = frozenset(edges)
        self._known: dict[tuple[Any, ...], Any] = {}
        self._builtins = {**vars(builtins), **(builtin_edges or {}), "__import__": self._import}

    def load(self, name: str) -> ModuleType:
        """The module of this name, executed on first use."""
        found = self.modules.get(name)
        if found is None:
            parent, _, child = name.rpartition(".")
            package = self.load(parent) if parent else None
            found = self.modules.get(name) or self._execute(name)
            if package is not None:
                setattr(package, child, found)
        module: ModuleType = found
        return module

    def has_loaded(self, paths: frozenset[Path]) -> bool:
        """Whether one of these files is among the modules."""
        return any(Path(str(getattr(each, "__file__", None))) in paths for each in self.modules.values())

    def _execute(self, name: str) -> ModuleType:
        path, is_package = _place(name)
        code = _compiled(path, PLANTED.get(path))
        module = ModuleType(name)
        vars(module).update(
            __builtins__=self._builtins,
            __file__=str(path),
            __package__=name if is_package else name.rpartition(".")[0],
        )
        if is_package:
            module.__path__ = [str(path.parent)]
        self.modules[name] = module
        # `dataclasses` looks the module of a class up there while it makes the class.
        before = sys.modules.get(name)
        sys.modules[name] = module
        try:
            exec(code, vars(module))  # noqa: S102 - a module of this repository or of its lock
        except BaseException:
            del self.modules[name]
            raise
        finally:
            if before is None:
                del sys.modules[name]
            else:
                sys.modules[name] = before
        return module

    def _is_own(self, name: str) -> bool:
        top = name.partition(".")[0]
        return top in LIBRARIES or top.endswith("_service")

    def _import(
        self,
        name: str,
        globals: Mapping[str, Any] | None = None,  # noqa: A002 - the interface of `__import__`
        locals: Mapping[str, Any] | None = None,  # noqa: A002
        fromlist: tuple[str, ...] = (),
        level: int = 0,
    ) -> Any:
        key = (name, tuple(fromlist or ()), level, (globals or {}).get("__package__") if level else None)
        found = self._known.get(key)
        if found is None:  # else it was imported before: functions have import statements too
            found = self._known[key] = self._find(name, globals, locals, fromlist, level)
        return found

    def _find(
        self,
        name: str,
        globals: Mapping[str, Any] | None,  # noqa: A002 - as of `__import__`
        locals: Mapping[str, Any] | None,  # noqa: A002
        fromlist: tuple[str, ...],
        level: int,
    ) -> Any:
        if level:
            package = str((globals or {})["__package__"]).split(".")
            base = ".".join(package[: len(package) - level + 1])
            name = f"{base}.{name}" if name else base
        if name in self._edges:
            return self.modules[name]
        if not self._is_own(name):
            return builtins.__import__(name, globals, locals, fromlist, 0)
        module = self.load(name)
        if not fromlist:
            return self.load(name.partition(".")[0]) if not level else module
        for wanted in fromlist:
            if wanted != "*" and not hasattr(module, wanted) and hasattr(module, "__path__"):
                self.load(f"{name}.{wanted}")
        return module
