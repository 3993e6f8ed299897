"""A GraphQL request from its body to its answer."""

import asyncio
import inspect
import json
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any, Protocol

from graphql import ExecutionResult, GraphQLFieldResolver, OperationType, execute

from tools.local.aws.appsync.answers import answer
from tools.local.aws.appsync.authentication import Caller
from tools.local.aws.appsync.changes import Change, changes
from tools.local.aws.appsync.documents import Documents, Operation
from tools.local.aws.appsync.errors import RequestRefused, SchemaError, malformed
from tools.local.aws.appsync.model import Api, Cloud, Request
from tools.local.aws.appsync.resolving import MAX_RESOLVERS, TIME_LIMIT, Run, resolve_field
from tools.local.aws.appsync.schema import Schema, compile_schema
from tools.local.aws.appsync.validation import QueryProblem

# Documents up to this many characters are parsed in a few milliseconds.
QUICK = 2_000


@dataclass(frozen=True, slots=True)
class Query:
    """One GraphQL request of a client."""

    text: str
    variables: Mapping[str, Any]
    operation_name: str | None


def read_query(body: bytes) -> Query:
    """Parse the request's body; raises RequestRefused when it is not a GraphQL request."""
    if not body.strip():
        raise malformed("Request body is empty.")
    try:
        value = json.loads(body)
    except (ValueError, RecursionError):
        raise malformed("Invalid JSON payload in POST request.") from None
    if b"\\u" in body and not is_encodable(value):
        raise malformed("The request contains half of a surrogate pair.")
    if not isinstance(value, dict) or not isinstance(value.get("query"), str) or not value["query"].strip():
        raise malformed("Unable to parse GraphQL query.")
    variables, name = value.get("variables"), value.get("operationName")
    if variables is not None and not isinstance(variables, dict):
        raise malformed("The variables are not a JSON object.")
    if name is not None and not isinstance(name, str):
        raise malformed("The operation name is not a string.")
    return Query(value["query"], variables or {}, name or None)


def is_encodable(value: object) -> bool:
    """Whether the value can be encoded: JSON can contain half of a surrogate pair, which UTF-8 cannot."""
    try:
        json.dumps(value, ensure_ascii=False).encode()
    except UnicodeEncodeError:
        return False
    return True


def existing_api(cloud: Cloud, api_id: str) -> Api:
    """The API with this id; raises RequestRefused when there is none."""
    api = cloud.api(api_id)
    if api is None:
        raise RequestRefused(404, "ResourceNotFoundException", "Unable to find the Api.")
    return api


def schema_of(api: Api) -> Schema:
    """The API's compiled schema; raises RequestRefused with the reason when there is no valid one."""
    try:
        return compile_schema(api.schema)
    except SchemaError as error:
        raise RequestRefused(400, "GraphQLSchemaException", f"The schema of this API is not valid: {error}") from None


class Audience(Protocol):
    """The subscribers of mutations."""

    def has_subscribers(self, api_id: str) -> bool: ...

    def publish(self, api: Api, changes: list[Change]) -> None: ...


class Executor:
    """Runs queries against the APIs of one cloud, and passes the answers of mutations to the audience."""

    def __init__(self, cloud: Cloud, audience: Audience | None = None, clock: Callable[[], float] = time.time) -> None:
        self._cloud, self._audience, self._clock = cloud, audience, clock
        self._documents = Documents()

    async def run(self, query: Query, api: Api, caller: Caller, request: Request) -> dict[str, Any]:
        """The response body; raises RequestRefused when nothing can be run."""
        schema = schema_of(api)
        try:
            operation = await self.read(query, schema, api)
        except QueryProblem as problem:
            return {"data": None, "errors": problem.errors}
        kind = operation.definition.operation
        if kind is OperationType.SUBSCRIPTION:
            raise RequestRefused(400, "UnsupportedOperation", "Subscriptions are served over WebSocket only.")
        run = self.prepare(query, api, schema, caller, request)
        if kind is OperationType.MUTATION and self._audience is not None and self._audience.has_subscribers(api.api_id):
            run.types = {}
        result = await self.execute(operation, run)
        if run.types is not None and self._audience is not None:
            self._audience.publish(api, list(changes(result, operation, run.types, schema)))
        return answer(result, schema)

    async def read(self, query: Query, schema: Schema, api: Api) -> Operation:
        """Read the document. A large one is read in a thread, since a hostile one may take a second to refuse."""
        read = partial(self._documents.read, query.text, query.operation_name, schema, introspection=api.introspection)
        operation = read() if len(query.text) <= QUICK else await asyncio.to_thread(read)
        if api.depth_limit and operation.depth > api.depth_limit:
            text = f"Query depth {operation.depth} is over the limit of {api.depth_limit}."
            raise QueryProblem([_refusal("QueryDepthLimitReached", text)])
        return operation

    def prepare(self, query: Query, api: Api, schema: Schema, caller: Caller, request: Request) -> Run:
        return Run(
            api,
            schema,
            caller,
            self._cloud,
            request,
            query.variables,
            deadline=asyncio.get_running_loop().time() + TIME_LIMIT,
            resolvers_left=api.resolver_limit or MAX_RESOLVERS,
            clock=self._clock,
        )

    async def execute(
        self, operation: Operation, run: Run, resolve: GraphQLFieldResolver = resolve_field
    ) -> ExecutionResult:
        """Run an operation that was read for this schema."""
        name = operation.definition.name
        try:
            running = execute(
                run.schema.graphql,
                operation.document,
                context_value=run,
                variable_values=dict(run.variables),
                operation_name=name.value if name else None,
                field_resolver=resolve,
            )
            return await running if inspect.isawaitable(running) else running
        except RecursionError:
            raise malformed("Unable to run GraphQL query: it is nested too deeply.") from None


def _refusal(error_type: str, message: str) -> dict[str, Any]:
    return {
        "path": None,
        "data": None,
        "errorType": error_type,
        "errorInfo": None,
        "locations": None,
        "message": message,
    }
