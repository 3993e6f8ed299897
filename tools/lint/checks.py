"""The list of checks."""

from collections.abc import Callable, Iterable

from tools.lint.event_changes import check_changes
from tools.lint.event_examples import check_examples
from tools.lint.event_promises import check_promises
from tools.lint.event_rules import check_rules
from tools.lint.event_schemas import check_schemas
from tools.lint.findings import Finding, Repository
from tools.lint.generated_files import check_generated
from tools.lint.imports import check_imports
from tools.lint.links import check_links
from tools.lint.openapi import check_openapi
from tools.lint.sources import check_sources
from tools.lint.templates import check_templates

Check = Callable[[Repository], Iterable[Finding]]

CHECKS: dict[str, Check] = {
    "templates": check_templates,
    "REST documents": check_openapi,
    "event schemas": check_schemas,
    "event promises": check_promises,
    "event rules": check_rules,
    "event changes": check_changes,
    "event examples": check_examples,
    "generated files": check_generated,
    "imports": check_imports,
    "sources": check_sources,
    "links": check_links,
}
