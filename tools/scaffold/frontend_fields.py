"""A service's fields in the GraphQL API: schema.graphql and template.yaml of *frontend-api*. Pure: texts in, texts out.

What is added can be removed again; then both texts are as they were.
"""

import re
from collections.abc import Iterable

from graphql import GraphQLError, build_ast_schema, parse

from tools.local.aws.appsync.scalars import SCALARS
from tools.project.problems import Problem
from tools.scaffold.shape import Fields

_PARAMETER = (
    r"  (?P<source>\w+)ResolverArn:\n"
    r"    \{ Type: \S+, Default: \"/ecommerce/\{Environment\}/(?P<service>[a-z0-9-]+)/.*\n"
)
_MAPPED = r"    (?P<key>\w+): \{ Type: (?P<type>\w+), Field: (?P<field>\w+), Source: (?P<source>\w+) \}\n"
# The end of the list of the loop whose body begins with this line.
_LOOPS = {"source": r"\](?=\n    - \$\{Source\}:\n)", "name": r"\](?=\n    - \$\{Name\}Resolver:\n)"}
_ROOT = r"^type {} {{\n(?:.*\n)*?(?=}}$)"


# AppSync knows them without a definition.
_SCALARS = "".join(f"\nscalar {name}" for name in SCALARS)


def upper_first(name: str) -> str:
    return name[:1].upper() + name[1:]


def add_to_schema(schema: str, service: str, fields: Fields) -> str:
    identifier, kind = fields.id, fields.type
    signed_in = "@aws_cognito_user_pools"
    query = f'  "Your own; null when there is none."\n  {fields.query}({identifier}: ID!): {kind} {signed_in}\n'
    mutation = (
        '  "Writes your own. The same text again changes nothing."\n'
        f"  {fields.mutation}({identifier}: ID!, text: String!): {kind}! {signed_in}\n"
    )
    schema = _insert(schema, _ROOT.format("Query"), query, "type Query")
    schema = _insert(schema, _ROOT.format("Mutation"), mutation, "type Mutation")
    listed = "  ".join(f"{name}: {of}" for name, of in fields.typed.items())
    return f"{schema}\n# --- {service} ---\ntype {kind} {signed_in} {{ {listed} }}\n"


def add_to_template(template: str, service: str, source: str, fields: Fields) -> str:
    parameter = (
        f"  {source}ResolverArn:\n    {{ Type: AWS::SSM::Parameter::Value<String>, "
        f'Default: "/ecommerce/{{Environment}}/{service}/resolvers/records/arn" }}\n'
    )
    names = {upper_first(name): (kind, name) for kind, name in (("Query", fields.query), ("Mutation", fields.mutation))}
    mapped = "".join(
        f"    {key}: {{ Type: {kind}, Field: {name}, Source: {source} }}\n" for key, (kind, name) in names.items()
    )
    template = _insert(template, _PARAMETER, parameter, "a parameter ...ResolverArn")
    template = _insert(template, _MAPPED, mapped, "the mapping Fields")
    template = _append(template, _LOOPS["source"], source, "the loop DataSources")
    return _append(template, _LOOPS["name"], ", ".join(names), "the loop Resolvers")


def fields_of(template: str, service: str) -> dict[str, str]:
    """Field -> its type (`Query`), of the fields that the service resolves."""
    return {
        found["field"]: found["type"]
        for found in re.finditer(_MAPPED, template)
        if found["source"] in _sources(template, service)
    }


def remove_from_template(template: str, service: str) -> str:
    sources = _sources(template, service)
    keys = [found["key"] for found in re.finditer(_MAPPED, template) if found["source"] in sources]
    template = re.sub(_PARAMETER, lambda found: "" if found["service"] == service else found[0], template)
    template = re.sub(_MAPPED, lambda found: "" if found["source"] in sources else found[0], template)
    for name in (*sources, *keys):
        template = re.sub(rf",\s+{name}(?=[,\]])", "", template, count=1)
    return template


def remove_from_schema(schema: str, service: str, fields: Iterable[str]) -> str:
    """Raises a Problem when something else of the schema uses the service's types."""
    for name in fields:
        schema = re.sub(rf'^(?:  ".*"\n)?  {name}\b.*\n', "", schema, count=1, flags=re.MULTILINE)
    schema = re.sub(rf"\n# --- {re.escape(service)} ---\n(?:(?!\n# --- )[\s\S])*\n(?=\n# --- |\Z)", "", schema)
    try:
        build_ast_schema(parse(schema + _SCALARS), assume_valid_sdl=True)
    except (GraphQLError, TypeError) as error:
        raise Problem(f"frontend-api/schema.graphql: {error}; remove the fields of {service} yourself") from error
    return schema


def source_of(service: str) -> str:
    """The name of the service's data source."""
    return "".join(upper_first(part) for part in service.split("-")) + "Records"


def _sources(template: str, service: str) -> set[str]:
    return {found["source"] for found in re.finditer(_PARAMETER, template) if found["service"] == service}


def _insert(text: str, pattern: str, added: str, what: str) -> str:
    """The text with something after the last match."""
    ends = [found.end() for found in re.finditer(pattern, text, re.MULTILINE)]
    if not ends:
        raise Problem(f"frontend-api: {what} is not as it was expected; add the fields yourself")
    return text[: ends[-1]] + added + text[ends[-1] :]


def _append(text: str, pattern: str, added: str, what: str) -> str:
    changed, times = re.subn(pattern, f",\n       {added}]", text, count=1)
    if not times:
        raise Problem(f"frontend-api: {what} is not as it was expected; add the fields yourself")
    return changed
