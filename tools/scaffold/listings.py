"""The files beside a service's own folder that name it: pyproject.toml, the page of who may call what, the list of what
teardown keeps, and the GraphQL API. A service is added to all of them, or removed from all."""

import re
from collections.abc import Mapping
from pathlib import Path

from tools import ROOT
from tools.project import authorisation
from tools.project.problems import Problem
from tools.scaffold import frontend_fields
from tools.scaffold.plan import SCHEMA, Plan
from tools.scaffold.shape import ACCESS, PREFLIGHT_VERDICTS

PROJECT = Path("pyproject.toml")
AUTHORISATION = authorisation.FILE
DEPLOYING = Path("docs") / "deploying.md"
TEMPLATE = SCHEMA.parent / "template.yaml"
CONTRACT = SCHEMA.parent / "tests" / "infra" / "contract.graphql"
SIGNED_IN_VERDICTS = "no  no  no  own own own own no"
_MYPY_PATH = re.compile(r"^mypy_path = \[\n(.*?)^\]$", re.MULTILINE | re.DOTALL)
_GRAPHQL_ROW = r"^  (?:Query|Mutation|Subscription)\.\w+: .*\n"
_REST_ROW = r"^  [a-z0-9-]+ [A-Z]+ /\S*: +(?:yes|no|own).*\n"
_KEPT = r"^\| DynamoDB tables \| .*?(?= \|)"


class Texts:
    """Files of the checkout, read once, changed in memory, and written together."""

    def __init__(self, root: Path = ROOT) -> None:
        self.root = root
        self._before: dict[Path, str] = {}
        self._after: dict[Path, str] = {}

    def has(self, path: Path) -> bool:
        return (self.root / path).is_file()

    def __getitem__(self, path: Path) -> str:
        if path not in self._after:
            self._before[path] = self._after[path] = (self.root / path).read_text(encoding="utf-8")
        return self._after[path]

    def __setitem__(self, path: Path, text: str) -> None:
        if self[path] != text:
            self._after[path] = text

    def write(self) -> list[Path]:
        changed = [path for path, text in self._after.items() if text != self._before[path]]
        for path in changed:
            (self.root / path).write_text(self._after[path], encoding="utf-8")
        return changed

    def undo(self) -> None:
        for path, text in self._before.items():
            (self.root / path).write_text(text, encoding="utf-8")


def added(plan: Plan, root: Path = ROOT) -> Texts:
    texts = Texts(root)
    texts[PROJECT] = _with_source(texts[PROJECT], f"{plan.name}/src")
    if texts.has(DEPLOYING):
        tables = ", ".join(f"`{name}`" for name in plan.tables)
        texts[DEPLOYING] = _after_last(texts[DEPLOYING], _KEPT, f"; {plan.name} {tables}", DEPLOYING)
    if plan.owns:
        _add_verdicts(texts, plan)
    if plan.fields:
        schema, template = texts[SCHEMA], texts[TEMPLATE]
        texts[SCHEMA] = frontend_fields.add_to_schema(schema, plan.name, plan.fields)
        source = frontend_fields.source_of(plan.name)
        texts[TEMPLATE] = frontend_fields.add_to_template(template, plan.name, source, plan.fields)
    return texts


def _add_verdicts(texts: Texts, plan: Plan) -> None:
    rows = texts[AUTHORISATION]
    if plan.api:
        access = ACCESS[plan.api]
        routes = {f"{plan.name} {method} {access.path}": access.verdicts for method in ("GET", "PUT")}
        if plan.api == "cognito":
            routes[f"{plan.name} OPTIONS {access.path}"] = PREFLIGHT_VERDICTS
        lines = "".join(f"  {f'{name}:':<41} {verdicts}\n" for name, verdicts in routes.items())
        rows = _after_last(rows, _REST_ROW, lines, AUTHORISATION)
    if plan.fields:
        names = (f"Query.{plan.fields.query}:", f"Mutation.{plan.fields.mutation}:")
        lines = "".join(f"  {name:<36} {SIGNED_IN_VERDICTS}\n" for name in names)
        rows = _after_last(rows, _GRAPHQL_ROW, lines, AUTHORISATION)
    texts[AUTHORISATION] = rows


def removed(service: str, root: Path = ROOT) -> Texts:
    """Raises a Problem for fields of the GraphQL API that were released."""
    texts = Texts(root)
    texts[PROJECT] = texts[PROJECT].replace(f'    "$MYPY_CONFIG_FILE_DIR/{service}/src",\n', "")
    if texts.has(DEPLOYING):
        texts[DEPLOYING] = re.sub(rf"; {service} `\w+`(?:, `\w+`)*", "", texts[DEPLOYING])
    if texts.has(AUTHORISATION):
        texts[AUTHORISATION] = _without_verdicts(texts[AUTHORISATION], rf"{re.escape(service)} [A-Z]+ \S+")
    _remove_fields(texts, service, fields_of(service, root))
    return texts


def without_fields(service: str, root: Path = ROOT) -> Texts:
    """The service's fields of the GraphQL API, and the rows about them, removed. Raises a Problem for released ones."""
    texts = Texts(root)
    _remove_fields(texts, service, fields_of(service, root))
    return texts


def _remove_fields(texts: Texts, service: str, fields: Mapping[str, str]) -> None:
    if fields:
        if texts.has(AUTHORISATION):
            names = (re.escape(f"{kind}.{name}") for name, kind in fields.items())
            texts[AUTHORISATION] = _without_verdicts(texts[AUTHORISATION], *names)
        texts[TEMPLATE] = frontend_fields.remove_from_template(texts[TEMPLATE], service)
        texts[SCHEMA] = frontend_fields.remove_from_schema(texts[SCHEMA], service, fields)


def _without_verdicts(rows: str, *names: str) -> str:
    """The rows without those whose name matches one of these patterns."""
    return re.sub(rf"^  (?:{'|'.join(names)}): .*\n", "", rows, flags=re.MULTILINE)


def fields_of(service: str, root: Path = ROOT) -> dict[str, str]:
    """The fields of the GraphQL API that the service resolves, with their types. Raises a Problem for released ones:
    they are a public contract."""
    path = root / TEMPLATE
    fields = frontend_fields.fields_of(path.read_text(encoding="utf-8"), service) if path.is_file() else {}
    contract = (root / CONTRACT).read_text(encoding="utf-8") if fields else ""
    released = [name for name in fields if re.search(rf"^  {name}\b", contract, re.MULTILINE)]
    if released:
        raise Problem(f"{service} resolves {', '.join(released)}, which {CONTRACT} promises to clients")
    return fields


def _with_source(project: str, source: str) -> str:
    """pyproject.toml with the source folder in `mypy_path`: after the two shared folders, in alphabetical order."""
    found = _MYPY_PATH.search(project)
    if not found:
        raise Problem("pyproject.toml: there is no list `mypy_path = [...]` to add the service to")
    lines = found[1].splitlines(keepends=True)
    services = sorted({*lines[2:], f'    "$MYPY_CONFIG_FILE_DIR/{source}",\n'})
    return project[: found.start(1)] + "".join([*lines[:2], *services]) + project[found.end(1) :]


def _after_last(text: str, pattern: str, lines: str, path: Path) -> str:
    matches = list(re.finditer(pattern, text, re.MULTILINE))
    if not matches:
        raise Problem(f"{path}: the list of services is not as it was expected")
    end = matches[-1].end()
    return text[:end] + lines + text[end:]
