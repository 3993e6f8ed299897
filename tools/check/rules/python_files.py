"""Python files as syntax trees, and what they import."""

import ast
from collections.abc import Iterator
from dataclasses import dataclass

from tools.check.rules.findings import Finding, Repository


@dataclass(frozen=True, slots=True)
class Imported:
    module: str
    names: tuple[str, ...]
    line: int
    for_types: bool  # under `if TYPE_CHECKING:`, not at run time

    def finding(self, file: str, why: str, todo: str) -> Finding:
        return Finding(file, self.line, f"imports {self.module}: {why}", todo)


def parse(repository: Repository, file: str) -> ast.Module | Finding:
    try:
        return ast.parse(repository.text(file), file)
    except SyntaxError as error:
        return Finding(file, error.lineno or 1, f"is not Python: {error.msg}", "correct the syntax")
    except (ValueError, RecursionError) as error:
        return Finding(file, 1, f"is not Python: {error}", "correct the syntax")


def imports_of(tree: ast.Module) -> Iterator[Imported]:
    """All imports, those inside functions too. Relative ones stay inside their package and are left out."""
    for node, for_types in _statements(tree, for_types=False):
        if isinstance(node, ast.Import):
            for alias in node.names:
                yield Imported(alias.name, (), node.lineno, for_types)
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            yield Imported(node.module, tuple(alias.name for alias in node.names), node.lineno, for_types)


def _statements(block: ast.AST, *, for_types: bool) -> Iterator[tuple[ast.AST, bool]]:
    """Every statement in a block. Expressions are left out: they contain no imports and are most of a tree."""
    guarded = isinstance(block, ast.If) and ast.unparse(block.test).endswith("TYPE_CHECKING")
    for field in ("body", "handlers", "orelse", "finalbody", "cases"):
        for child in getattr(block, field, ()):
            here = for_types or (guarded and field == "body")
            yield child, here
            yield from _statements(child, for_types=here)
