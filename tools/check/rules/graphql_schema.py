"""A GraphQL schema is one that AppSync accepts: its syntax, and every type that it names."""

import re
from collections.abc import Iterator

from tools.check.rules.findings import Finding, Repository
from tools.local.aws.appsync.errors import SchemaError
from tools.local.aws.appsync.schema import compile_schema

_PLACE = re.compile(r" \(line (\d+), column \d+\)$")


def check_graphql(repository: Repository) -> Iterator[Finding]:
    for _, file in repository.in_services("*.graphql"):
        if "/tests/" in file:
            continue
        try:
            compile_schema(repository.text(file))
        except SchemaError as error:
            place = _PLACE.search(str(error))
            what = _PLACE.sub("", str(error)).rstrip(".")
            todo = "correct the syntax" if what.startswith("Syntax Error") else "correct the name, or define it"
            yield Finding(file, int(place[1]) if place else 1, what, todo)
