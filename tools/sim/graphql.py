"""AppSync: one field for one signed-in person, through the resolver's own code and the data source's role."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from tools.local.aws.appsync.errors import FieldError
from tools.local_platform.resolver_twins import INVOKE

if TYPE_CHECKING:
    from tools.sim.world import World

LONGEST_SECONDS = 30.0


class GraphQLError(Exception):
    """The field's error. `type` is what clients distinguish; a generic one means that the outcome is unknown."""

    def __init__(self, kind: str, message: str) -> None:
        super().__init__(f"{kind}: {message}")
        self.type = kind


class NoAnswer(Exception):
    """The person's connection was lost, or the API did not answer in time."""


class GraphQL:
    """The fields of the API that have a function."""

    def __init__(self, world: "World") -> None:
        self._world = world

    def resolve(self, field: str, arguments: Mapping[str, Any], identity: Mapping[str, Any] | None, name: str) -> Any:
        """The field's value. Raises GraphQLError or NoAnswer."""
        world = self._world
        resolver = world.blueprint.resolvers[field]
        context: dict[str, Any] = {
            "arguments": dict(arguments),
            "identity": identity,
            "source": None,
            "request": {"headers": {}, "domainName": None},
            "info": {"fieldName": field, "parentTypeName": resolver.type, "selectionSetList": [], "variables": {}},
        }
        if not world.rights.allows(resolver.role, "lambda:InvokeFunction", resolver.function_arn):
            world.forbidden(f"AppSync's role of {field} may not invoke its function")
            raise GraphQLError("Lambda:AccessDeniedException", f"{field}: the data source's role may not invoke")
        if world.faults.person_loses("request", field, name):
            raise NoAnswer
        payload = INVOKE.request(context)["payload"]
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
            return INVOKE.response({**context, "result": None if failed else outcome.payload, "error": error})
        except FieldError as refused:
            raise GraphQLError(refused.error_type or "", str(refused)) from None
