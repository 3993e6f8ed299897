"""The list of checks."""

from collections.abc import Callable, Iterable

from tools.check.rules.aws.packaged_templates import check_packaged
from tools.check.rules.aws.permissions import check_permissions
from tools.check.rules.aws.quotas import check_quotas
from tools.check.rules.aws.resolver_code import check_resolvers
from tools.check.rules.aws.state_machines import check_state_machines
from tools.check.rules.buildspecs import check_buildspecs
from tools.check.rules.event_changes import check_changes
from tools.check.rules.event_examples import check_examples
from tools.check.rules.event_promises import check_promises
from tools.check.rules.event_rules import check_rules
from tools.check.rules.event_schemas import check_schemas
from tools.check.rules.findings import Finding, Repository
from tools.check.rules.generated_files import check_generated
from tools.check.rules.graphql_schema import check_graphql
from tools.check.rules.imports import check_imports
from tools.check.rules.links import check_links
from tools.check.rules.openapi import check_openapi
from tools.check.rules.sources import check_sources
from tools.check.rules.templates import check_templates

Check = Callable[[Repository], Iterable[Finding]]

CHECKS: dict[str, Check] = {
    "templates": check_templates,
    "packaged templates": check_packaged,
    "quotas": check_quotas,
    "permissions": check_permissions,
    "resolver code": check_resolvers,
    "state machines": check_state_machines,
    "buildspecs": check_buildspecs,
    "REST documents": check_openapi,
    "GraphQL schema": check_graphql,
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
