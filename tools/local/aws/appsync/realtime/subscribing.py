"""From a `start` message to a subscription: authentication, validation, and the permission of the field and its
resolver."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from graphql import GraphQLResolveInfo, OperationType

from tools.local.asgi import Scope
from tools.local.aws.appsync.answers import describe_error
from tools.local.aws.appsync.authentication import authenticate
from tools.local.aws.appsync.execution import Executor, existing_api, read_query, schema_of
from tools.local.aws.appsync.model import Cloud
from tools.local.aws.appsync.realtime.handshake import start_request
from tools.local.aws.appsync.realtime.hub import Subscription
from tools.local.aws.appsync.resolving import Run, call_resolver, check_access
from tools.local.aws.appsync.validation import QueryProblem


class SubscriptionRefused(Exception):
    """The reasons, in the shape of GraphQL errors."""

    def __init__(self, errors: list[dict[str, Any]]) -> None:
        super().__init__(errors[0]["message"])
        self.errors = errors


class Unsupported(Exception):
    """The operation is not a subscription. The text says what it is."""


@dataclass(frozen=True, slots=True)
class Start:
    """The content of a `start` message."""

    identity: str
    data: str
    authorization: Any


@dataclass(frozen=True, slots=True)
class Subscriber:
    """Makes subscriptions for one connection."""

    executor: Executor
    cloud: Cloud
    api_id: str
    scope: Scope
    headers: Mapping[str, str]
    send: Callable[[str], None]

    async def subscribe(self, start: Start) -> Subscription:
        """The subscription; raises RequestRefused, SubscriptionRefused or Unsupported."""
        api = existing_api(self.cloud, self.api_id)
        request = start_request(self.scope, start.authorization, start.data, self.headers)
        caller = authenticate(request, api, self.cloud)
        query = read_query(start.data.encode())
        schema = schema_of(api)
        try:
            operation = await self.executor.read(query, schema, api)
        except QueryProblem as problem:
            raise SubscriptionRefused(problem.errors) from None
        kind = operation.definition.operation
        if kind is not OperationType.SUBSCRIPTION:
            raise Unsupported(kind.value)
        run = self.executor.prepare(query, api, schema, caller, request)
        accepted = _Accepted()
        result = await self.executor.execute(operation, run, accepted.resolve)
        if accepted.arguments is None:
            errors = [describe_error(error, schema) for error in result.errors or ()]
            raise SubscriptionRefused(errors or [{"message": "The subscription selects no field of its type."}])
        return Subscription(
            start.identity,
            self.api_id,
            accepted.field,
            accepted.arguments,
            operation,
            schema,
            caller,
            request,
            query.variables,
            self.send,
        )


class _Accepted:
    """Run the resolver of the subscription's field. Its value is ignored; its error refuses the subscriber."""

    def __init__(self) -> None:
        self.field = ""
        self.arguments: Mapping[str, Any] | None = None

    def resolve(self, source: Any, info: GraphQLResolveInfo, /, **arguments: Any) -> Any:
        run: Run = info.context
        check_access(run, info)
        return self._ask(run, source, info, arguments)

    async def _ask(self, run: Run, source: Any, info: GraphQLResolveInfo, arguments: Mapping[str, Any]) -> None:
        resolver = run.api.resolvers.get((info.parent_type.name, info.field_name))
        if resolver is not None:
            await call_resolver(resolver, source, info, arguments)
        self.field, self.arguments = info.field_name, arguments
