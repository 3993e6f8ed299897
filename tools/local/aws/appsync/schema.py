"""An API's schema: parsed and checked once per text, with the access rules of its directives.

AppSync's rule: a field's own directives count; a field without any has those of its type; without those only callers of
the API's default mode may use it.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache

from graphql import (
    DirectiveNode,
    DocumentNode,
    FieldDefinitionNode,
    GraphQLError,
    GraphQLObjectType,
    GraphQLScalarType,
    GraphQLSchema,
    GraphQLSyntaxError,
    ListValueNode,
    StringValueNode,
    build_ast_schema,
    get_named_type,
    parse,
    validate_schema,
)
from graphql.validation.validate import validate_sdl

from tools.local.aws.appsync.errors import SchemaError
from tools.local.aws.appsync.grammar import REFUSAL, refusals
from tools.local.aws.appsync.model import Mode
from tools.local.aws.appsync.scalars import SCALARS

# AppSync refuses a schema over 1 MB.
MAX_SCHEMA = 1_000_000

_DIRECTIVES = """
directive @aws_api_key on FIELD_DEFINITION | OBJECT
directive @aws_iam on FIELD_DEFINITION | OBJECT
directive @aws_oidc on FIELD_DEFINITION | OBJECT
directive @aws_lambda on FIELD_DEFINITION | OBJECT
directive @aws_cognito_user_pools(cognito_groups: [String!]) on FIELD_DEFINITION | OBJECT
directive @aws_auth(cognito_groups: [String!]!) on FIELD_DEFINITION
directive @aws_subscribe(mutations: [String!]!) on FIELD_DEFINITION
directive @aws_publish(subscriptions: [String!]!) on FIELD_DEFINITION
"""
_SCALARS = "\n".join(f"scalar {name}" for name in SCALARS)
_PRELUDE = parse(_DIRECTIVES + _SCALARS, no_location=True)

_MODES = {
    "aws_api_key": Mode.API_KEY,
    "aws_iam": Mode.IAM,
    "aws_oidc": Mode.OIDC,
    "aws_lambda": Mode.LAMBDA,
    "aws_cognito_user_pools": Mode.USER_POOL,
}


@dataclass(frozen=True, slots=True)
class Rule:
    """Callers of this mode may use the field. For user pools with groups: members of one of the groups."""

    mode: Mode
    groups: frozenset[str] | None = None


@dataclass(frozen=True, slots=True)
class FieldRules:
    """Who may use a field. Without rules the default mode decides."""

    rules: tuple[Rule, ...] = ()
    # `@aws_auth` counts only when user pools are the API's one mode.
    legacy_groups: frozenset[str] | None = None


@dataclass(frozen=True, slots=True)
class Subscription:
    """A subscription field and the mutations that trigger it."""

    field: str
    mutations: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Schema:
    graphql: GraphQLSchema
    rules: Mapping[tuple[str, str], FieldRules]
    subscriptions: Mapping[str, Subscription]


@lru_cache(maxsize=64)
def compile_schema(text: str) -> Schema:
    """Parse and check a schema; raises SchemaError with the first error and its place."""
    if not text.strip():
        raise SchemaError("the schema is empty")
    if len(text.encode()) > MAX_SCHEMA:
        raise SchemaError("the schema is larger than 1 MB")
    try:
        own = parse(text)
        for line, why in refusals(text, own):
            raise SchemaError(f"{REFUSAL} (line {line}: {why})")
        taken = {getattr(getattr(node, "name", None), "value", None) for node in own.definitions}
        given = [node for node in _PRELUDE.definitions if node.name.value not in taken]  # type: ignore[attr-defined]  # the prelude defines types only
        document = DocumentNode(definitions=(*given, *own.definitions))
        problems = validate_sdl(document)
        if not problems:
            schema = build_ast_schema(document, assume_valid_sdl=True)
            problems = validate_schema(schema)
    except GraphQLSyntaxError as error:
        raise SchemaError(_place(error)) from None
    except RecursionError:
        raise SchemaError("the schema is nested too deeply") from None
    except (TypeError, GraphQLError) as error:
        # Building finds errors that the checks before it miss, such as an output type for an argument.
        raise SchemaError(str(error)) from None
    if problems:
        raise SchemaError(_place(problems[0]))
    for name, scalar in SCALARS.items():
        known = schema.type_map.get(name)
        if isinstance(known, GraphQLScalarType):
            known.serialize = scalar.serialize  # type: ignore[method-assign]  # graphql-core's own way to define a scalar
            known.parse_value = scalar.parse_value  # type: ignore[method-assign]  # graphql-core's own way to define a scalar
            known.parse_literal = scalar.parse_literal  # type: ignore[method-assign]  # graphql-core's own way to define a scalar
    return Schema(schema, _all_rules(schema), _subscriptions(schema))


def _place(error: GraphQLError) -> str:
    at = error.locations[0] if error.locations else None
    return f"{error.message} (line {at.line}, column {at.column})" if at else error.message


def _all_rules(schema: GraphQLSchema) -> dict[tuple[str, str], FieldRules]:
    found = {}
    for name, kind in schema.type_map.items():
        if not isinstance(kind, GraphQLObjectType) or name.startswith("__"):
            continue
        nodes = [node for node in (kind.ast_node, *(kind.extension_ast_nodes or ())) if node]
        of_type = tuple(rule for node in nodes for rule in _rules(node.directives))
        for field_name, field in kind.fields.items():
            node = field.ast_node
            own = _rules(node.directives) if isinstance(node, FieldDefinitionNode) else ()
            legacy = _groups(node.directives, "aws_auth") if isinstance(node, FieldDefinitionNode) else None
            found[name, field_name] = FieldRules(own or of_type, legacy)
    return found


def _rules(directives: tuple[DirectiveNode, ...]) -> tuple[Rule, ...]:
    return tuple(
        Rule(_MODES[directive.name.value], _groups((directive,), directive.name.value))
        for directive in directives
        if directive.name.value in _MODES
    )


def _groups(directives: tuple[DirectiveNode, ...], name: str) -> frozenset[str] | None:
    listed = _strings(directives, name, "cognito_groups")
    return frozenset(listed) if listed is not None else None


def _strings(directives: tuple[DirectiveNode, ...], name: str, argument: str) -> tuple[str, ...] | None:
    for directive in directives:
        for given in directive.arguments if directive.name.value == name else ():
            if given.name.value == argument:
                values = given.value.values if isinstance(given.value, ListValueNode) else (given.value,)
                return tuple(value.value for value in values if isinstance(value, StringValueNode))
    return None


def _subscriptions(schema: GraphQLSchema) -> dict[str, Subscription]:
    """The subscription fields. Their mutations must exist and return the same type, as on AppSync."""
    if schema.subscription_type is None:
        return {}
    found = {}
    for name, field in schema.subscription_type.fields.items():
        directives = field.ast_node.directives if field.ast_node else ()
        found[name] = Subscription(name, _strings(directives, "aws_subscribe", "mutations") or ())
        for mutation in found[name].mutations:
            fed_by = schema.mutation_type.fields.get(mutation) if schema.mutation_type else None
            if fed_by is None:
                raise SchemaError(f"Subscription.{name}: there is no mutation {mutation!r}")
            if get_named_type(fed_by.type) is not get_named_type(field.type):
                raise SchemaError(f"Subscription.{name} does not return the type of its mutation {mutation!r}")
    return found
