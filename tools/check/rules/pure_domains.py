"""Domains are pure: equal arguments give equal results, without AWS, clock, environment or randomness."""

import ast
from collections.abc import Iterator

from tools.check.rules.findings import Finding, Repository
from tools.check.rules.python_files import imports_of, parse

IMPURE = frozenset(
    ("boto3", "botocore", "urllib3", "os", "time", "random", "secrets", "subprocess", "socket", "threading", "pathlib")
)
# Modules of ecom with values and rules only; the others call AWS or write logs.
PURE_ECOM = frozenset(
    (
        *("ecom.contracts", "ecom.errors", "ecom.events", "ecom.jsons", "ecom.limits", "ecom.money", "ecom.shipments"),
        *("ecom.times", "ecom.validation"),
    )
)
# Calls that answer differently each time.
FORBIDDEN_CALLS = frozenset(
    ("datetime.now", "datetime.utcnow", "datetime.today", "date.today", "uuid4", "uuid1", "open", "getenv")
)


def check_domain(repository: Repository, file: str, source: str) -> Iterator[Finding]:
    """The file itself, and every module of its own service that it imports."""
    waiting, seen = [(file, "")], {file}
    while waiting:
        current, because = waiting.pop()
        tree = parse(repository, current)
        if isinstance(tree, Finding):
            continue  # the check of imports reports it
        yield from _of_file(current, tree, because)
        for module in _modules(tree):
            found = f"{source}/{module.replace('.', '/')}.py"
            if found in repository.files and found not in seen:
                seen.add(found)
                waiting.append((found, f" (imported by {file.rsplit('/', 1)[-1]})"))


def _modules(tree: ast.Module) -> Iterator[str]:
    for each in imports_of(tree):
        if not each.for_types:
            yield each.module
            yield from (f"{each.module}.{name}" for name in each.names)


def _of_file(file: str, tree: ast.Module, because: str) -> Iterator[Finding]:
    for each in imports_of(tree):
        if each.for_types:
            continue
        named = [f"{each.module}.{name}" for name in each.names] if each.module == "ecom" else [each.module]
        if each.module.split(".")[0] in IMPURE:
            yield each.finding(file, f"a domain is pure{because}", "let the handler pass in what it needs")
        for name in named:
            # The modules of ecom.contracts contain nothing but types.
            is_pure = name in PURE_ECOM or name.startswith("ecom.contracts.")
            if name.split(".")[0] == "ecom" and not is_pure:
                todo = f"a domain may use {', '.join(sorted(PURE_ECOM))}"
                yield Finding(file, each.line, f"imports {name}: a domain is pure{because}", todo)
    for node in ast.walk(tree):
        if isinstance(node, ast.Call):
            called = ast.unparse(node.func)
            if any(called == name or called.endswith(f".{name}") for name in FORBIDDEN_CALLS):
                yield Finding(file, node.lineno, f"calls {called}: a domain is pure{because}", "pass the value in")
