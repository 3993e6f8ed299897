"""Import rules: services import `ecom`, never the other way; domains are pure; an import has no side effects.

| who | may import |
|---|---|
| a service | the standard library, what ships in its package, `ecom`, itself |
| its `domain.py`, and its modules that `domain.py` imports | no AWS, no environment, no clock, no randomness |
| its handlers | no boto3, no botocore: an adapter translates those |
| `ecom` | no service, no client, no test kit, no tools |
| `ecom_client` | `ecom`; no service, no test kit, no tools |
| `ecom_testkit` | `ecom`, `ecom_client`; no service, no tools |
| tests of a service | besides: the client, the test kit, its own tests, tools that read templates; no other service |
| tools, without their tests | no test kit |
| all but `engine/` and `engine_*.py` of local cloud and simulator | no `ministack`, no `tools.local.engine.patching` |
"""

import ast
import re
import sys
import tomllib
from collections.abc import Iterator

from tools.check.rules.findings import Finding, Repository
from tools.check.rules.pure_domains import check_domain
from tools.check.rules.python_files import imports_of, parse
from tools.setup import own_group

# In the Lambda runtime, so not in the package.
RUNTIME = frozenset(("boto3", "botocore", "urllib3"))
# Packages whose module has another name.
MODULES = {"pillow": "PIL"}
# Parts of tools that test: live runs of the simulator, and load, remove what they made, as tests do.
TESTS = ("tests", "sim", "load")
OURS = frozenset(("tools", "shared", "ecom_client", "ecom_testkit", "ministack", "tests"))
ENGINE = re.compile(r"tools/(local/(engine/.*|(.*/)?engine_\w+\.py)|sim/engine_\w+\.py)")
ENGINE_ACCESS = "tools.local.engine.patching"


def check_imports(repository: Repository) -> Iterator[Finding]:
    packages = {service: f"{service.replace('-', '_')}_service" for service in repository.services}
    for file in repository.named("*.py"):
        tree = parse(repository, file)
        if isinstance(tree, Finding):
            yield tree
            continue
        area, rest = file.split("/")[0], file.split("/")[1:]
        yield from _engine(file, tree)
        if area in packages and rest[0] == "src":
            others = set(packages.values()) - {packages[area]}
            yield from _of_service(file, tree, packages[area], others, _shipped(repository, area))
            if rest[-1] == "domain.py" or "domain" in rest[:-1]:
                yield from check_domain(repository, file, f"{area}/src")
        elif area in packages and rest[0] == "tests":
            foreign = {name for service in packages if service != area for name in (packages[service], service)}
            yield from _none_of(
                file, tree, foreign - {"platform"}, "is another service's", "ask it over its API, or use ecom_client"
            )
        elif file.startswith("shared/src/ecom/"):
            forbidden = set(packages.values()) | OURS
            yield from _none_of(file, tree, forbidden, "is not for ecom", "move the code, or pass it in")
            yield from _lazy(file, tree)
        elif file.startswith("shared/src/ecom_client/"):
            forbidden = {*packages.values(), "tools", "ecom_testkit", "pytest"}
            yield from _none_of(file, tree, forbidden, "is not for the client", "pass in what it needs")
        elif file.startswith("shared/src/ecom_testkit/"):
            yield from _none_of(
                file, tree, set(packages.values()) | {"tools"}, "is not for the test kit", "pass in what it needs"
            )
        elif area == "tools" and rest[0] not in TESTS:
            yield from _none_of(file, tree, {"ecom_testkit"}, "is for tests only", "use ecom_client")


def _of_service(file: str, tree: ast.Module, own: str, others: set[str], shipped: frozenset[str]) -> Iterator[Finding]:
    for each in imports_of(tree):
        top = each.module.split(".")[0]
        if top in others:
            yield each.finding(file, "services never import each other", "ask over its API, or share it through ecom")
        elif top in OURS:
            yield each.finding(file, f"{top} does not ship with a service", "use ecom, or pass it in")
        elif "/handlers/" in file and top in ("boto3", "botocore") and not each.for_types:
            yield each.finding(file, "handlers do not use AWS's SDK", "call an adapter")
        elif top not in shipped | {own, "ecom"} and not each.for_types:
            yield each.finding(
                file,
                "is not in the package",
                "add it to the group `service` of pyproject.toml, for this service alone to "
                f"`{own_group(_name(file))}`, or do without",
            )
    yield from _lazy(file, tree)


def _lazy(file: str, tree: ast.Module) -> Iterator[Finding]:
    """An import creates no AWS client."""
    for node in _at_import(tree.body):
        if isinstance(node, ast.Call) and _creates_client(node):
            yield Finding(
                file,
                node.lineno,
                "creates a client when it is imported",
                "create it once, on first use, in bootstrap.py",
            )


def _at_import(body: list[ast.stmt]) -> Iterator[ast.AST]:
    """Every node that runs on import, so not the bodies of functions."""
    stack: list[ast.AST] = list(body)
    while stack:
        node = stack.pop()
        yield node
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            stack += [node.args, *node.decorator_list]  # defaults and decorators run on import
        elif not isinstance(node, ast.Lambda):
            stack += ast.iter_child_nodes(node)


def _creates_client(call: ast.Call) -> bool:
    name = ast.unparse(call.func)
    return name in ("boto3.client", "boto3.resource", "boto3.Session", "boto3.session.Session", "Session") or (
        name.rsplit(".", 1)[-1] in ("client", "resource") and bool(call.args) and isinstance(call.args[0], ast.Constant)
    )


def _engine(file: str, tree: ast.Module) -> Iterator[Finding]:
    if ENGINE.fullmatch(file):
        return
    yield from _none_of(file, tree, {"ministack"}, "is the engine's inside", "move it to a module `engine_*.py`")
    for each in imports_of(tree):
        if ENGINE_ACCESS in (each.module, *(f"{each.module}.{name}" for name in each.names)):
            yield each.finding(file, "reaches into the engine", "move it to a module `engine_*.py`")


def _none_of(file: str, tree: ast.Module, forbidden: set[str], what: str, todo: str) -> Iterator[Finding]:
    for each in imports_of(tree):
        if each.module.split(".")[0] in forbidden:
            yield each.finding(file, what, todo)


def _name(file: str) -> str:
    """The service that a file belongs to."""
    return file.split("/")[0]


def _shipped(repository: Repository, service: str) -> frozenset[str]:
    """Top-level modules that a service can import at run time."""
    groups = tomllib.loads(repository.text("pyproject.toml")).get("dependency-groups", {})
    required = [*groups.get("service", ()), *groups.get(own_group(service), ())]
    names = {re.split(r"[=<>~!\[; ]", str(each))[0] for each in required}
    modules = {MODULES.get(name, name.replace("-", "_")) for name in names}
    return frozenset(modules | RUNTIME | sys.stdlib_module_names)
