"""A GraphQL schema is one that AppSync accepts once it is packaged: its syntax, and every type that it names."""

import re
from collections.abc import Iterator

from graphql import GraphQLSyntaxError, parse

from tools.check.rules.findings import Finding, Repository
from tools.local.aws.appsync.errors import SchemaError
from tools.local.aws.appsync.grammar import descriptions, place, refused_comments
from tools.local.aws.appsync.schema import compile_schema

_PLACE = re.compile(r" \(line (\d+), column \d+\)$")


def check_graphql(repository: Repository) -> Iterator[Finding]:
    for _, file in repository.in_services("*.graphql"):
        if "/tests/" in file:
            continue
        try:
            compile_schema(as_packaged(repository.text(file)))
        except SchemaError as error:
            at = _PLACE.search(str(error))
            what = _PLACE.sub("", str(error)).rstrip(".")
            todo = "correct the syntax" if what.startswith("Syntax Error") else "correct the name, or define it"
            yield Finding(file, int(at[1]) if at else 1, what, todo)


def as_packaged(text: str) -> str:
    """The schema without descriptions and refused comments, which are not packaged; every line keeps its number."""
    try:
        document = parse(text)
    except GraphQLSyntaxError:
        return text  # compile_schema names the place
    lines = text.splitlines(keepends=True)
    for number, _ in refused_comments(text, document):
        lines[number - 1] = _blank(lines[number - 1])
    blanked = "".join(lines)
    for each in descriptions(document):
        start, end = place(each).start, place(each).end
        blanked = blanked[:start] + _blank(blanked[start:end]) + blanked[end:]
    return blanked


def _blank(text: str) -> str:
    return re.sub(r"[^\n]", " ", text)
