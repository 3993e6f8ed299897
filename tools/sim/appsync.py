"""AppSync: one field for one person: the schema's directives, the twin of the resolver's code in Python, and the data
source's role. Directives of the types below are compared with those of the fields at the end of a run
(invariants/graphql_fields.py), and not evaluated for each answer."""

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

from graphql import GraphQLObjectType, get_named_type

from tools.local.aws.appsync.authentication import Caller
from tools.local.aws.appsync.authorization import may_use
from tools.local.aws.appsync.errors import FieldError
from tools.local.aws.appsync.model import Api, Mode, Provider
from tools.local.aws.appsync.schema import FieldRules, compile_schema
from tools.sim.aws_seam import ACCOUNT, REGION

if TYPE_CHECKING:
    from tools.sim.world import World

LONGEST_SECONDS = 30.0
ROOTS = ("Query", "Mutation", "Subscription")


class GraphQLError(Exception):
    """The field's error. `type` is what clients distinguish; a generic one means that the outcome is unknown."""

    def __init__(self, kind: str, message: str) -> None:
        super().__init__(f"{kind}: {message}")
        self.type = kind


def _caller(identity: Mapping[str, Any] | None) -> Caller:
    """A caller with a token, or with the API key only."""
    mode = Mode.API_KEY if identity is None else Mode.USER_POOL
    return Caller(mode, identity, frozenset((identity or {}).get("groups") or ()))


class NoAnswer(Exception):
    """The person's connection was lost, or the API did not answer in time."""


class GraphQL:
    """The fields of the API that have a function."""

    def __init__(self, world: "World") -> None:
        self._world = world
        made = world.blueprint
        self._schema = compile_schema(made.schema)
        self._rules = self._schema.rules
        default, *others = (Provider(Mode(mode)) for mode in made.graphql_modes)
        self._api = Api("", made.graphql_arn, ACCOUNT, REGION, default, tuple(others), {}, made.schema, {}, {})

    def fields(self) -> Iterator[str]:
        """`Query.getOrder`, and so on: all fields of the schema that a caller may name."""
        return (f"{root}.{field}" for root, field in self._rules if root in ROOTS)

    def may_use(self, root: str, field: str, identity: Mapping[str, Any] | None) -> bool:
        """AppSync's decision for a caller with a token, or with the API key only."""
        return self._may(_caller(identity), root, field)

    def _may(self, caller: Caller, root: str, field: str) -> bool:
        return may_use(caller, self._api, self._rules.get((root, field), FieldRules()))

    def null_for(self, root: str, field: str, identity: Mapping[str, Any] | None) -> list[str]:
        """The fields of the types in a field's answer that are null for a caller who may use the field."""
        return self._null_below(_caller(identity), root, field)

    def null_for_publishers(self) -> Iterator[tuple[str, list[str]]]:
        """By mutation of callers with a signature: what is null in its answer, and so for its subscribers."""
        signed = Caller(Mode.IAM, None)
        for root, field in self._rules:
            if root == "Mutation" and self._may(signed, root, field):
                yield field, self._null_below(signed, root, field)

    def _null_below(self, caller: Caller, root: str, field: str) -> list[str]:
        types, ahead, seen = self._schema.graphql.type_map, [(root, field)], {root}
        found: list[str] = []
        while ahead:
            owner, name = ahead.pop()
            kind: Any = get_named_type(types[owner].fields[name].type)  # type: ignore[attr-defined]  # an object type
            if kind.name not in seen and isinstance(kind, GraphQLObjectType):
                seen.add(kind.name)
                ahead += [(kind.name, below) for below in kind.fields]
                found += [f"{kind.name}.{below}" for below in kind.fields if not self._may(caller, kind.name, below)]
        return sorted(found)

    def resolve(self, field: str, arguments: Mapping[str, Any], identity: Mapping[str, Any] | None, name: str) -> Any:
        """The field's value. Raises GraphQLError or NoAnswer."""
        world = self._world
        resolver = world.blueprint.resolvers[field]
        if not self.may_use(resolver.type, field, identity):
            raise GraphQLError("Unauthorized", f"Not Authorized to access {field} on type {resolver.type}")
        context: dict[str, Any] = {
            "arguments": dict(arguments),
            "identity": identity,
            "source": None,
            "request": {"headers": {}, "domainName": None},
            "info": {"fieldName": field, "parentTypeName": resolver.type, "selectionSetList": [], "variables": {}},
        }
        if not world.rights.allows(resolver.role, "lambda:InvokeFunction", resolver.function_arn):
            world.note_denied(f"AppSync's role of {field} may not invoke its function")
            raise GraphQLError("Lambda:AccessDeniedException", f"{field}: the data source's role may not invoke")
        if world.faults.person_loses("request", field, name):
            raise NoAnswer
        payload = resolver.handler.request(context)["payload"]
        task = world.background(
            f"{name} at AppSync", lambda: world.functions.invoke(resolver.function_arn, payload, name)
        )
        if not world.scheduler.wait(task.done, LONGEST_SECONDS):
            raise NoAnswer
        if task.failure is not None:
            raise task.failure
        outcome = task.done.value
        if world.faults.person_loses("answer", field, name):
            raise NoAnswer
        failed = outcome.failed or outcome.throttled
        error = {"type": "Lambda:Unhandled", "message": outcome.error_message} if failed else None
        try:
            return resolver.handler.response({**context, "result": None if failed else outcome.payload, "error": error})
        except FieldError as refused:
            raise GraphQLError(refused.error_type or "", str(refused)) from None
