"""A GraphQL request from its body to its answer."""

import asyncio
import inspect
import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any

from graphql import ExecutionResult, OperationType, execute

from tools.local.appsync.answers import answer
from tools.local.appsync.authentication import Caller
from tools.local.appsync.documents import Documents, Operation
from tools.local.appsync.errors import RequestRefused, SchemaError, malformed
from tools.local.appsync.model import Api, Cloud, Request
from tools.local.appsync.resolving import MAX_RESOLVERS, TIME_LIMIT, Run, resolve_field
from tools.local.appsync.schema import Schema, compile_schema
from tools.local.appsync.validation import QueryProblem

# Documents up to this many characters are read in a few milliseconds.
QUICK = 2_000


@dataclass(frozen=True, slots=True)
class Query:
    """What a client asks for."""

    text: str
    variables: Mapping[str, Any]
    operation_name: str | None


def read_query(body: bytes) -> Query:
    """The request's body; raises RequestRefused when it is not a GraphQL request."""
    if not body.strip():
        raise malformed("Request body is empty.")
    try:
        said = json.loads(body)
    except (ValueError, RecursionError):
        raise malformed("Invalid JSON payload in POST request.") from None
    if not isinstance(said, dict) or not isinstance(said.get("query"), str) or not said["query"].strip():
        raise malformed("Unable to parse GraphQL query.")
    variables, name = said.get("variables"), said.get("operationName")
    if variables is not None and not isinstance(variables, dict):
        raise malformed("The variables are not a JSON object.")
    if name is not None and not isinstance(name, str):
        raise malformed("The operation name is not a string.")
    return Query(said["query"], variables or {}, name or None)


def schema_of(api: Api) -> Schema:
    """The API's compiled schema; raises RequestRefused with the reason when there is none that holds."""
    try:
        return compile_schema(api.schema)
    except SchemaError as error:
        raise RequestRefused(400, "GraphQLSchemaException", f"The schema of this API is not valid: {error}") from None


class Executor:
    """Runs queries against the APIs of one cloud."""

    def __init__(self, cloud: Cloud) -> None:
        self._cloud = cloud
        self._documents = Documents()

    async def run(self, query: Query, api: Api, caller: Caller, request: Request) -> dict[str, Any]:
        """The answer's body; raises RequestRefused when nothing can be run."""
        schema = schema_of(api)
        try:
            operation = await self._read(query, schema, api)
        except QueryProblem as problem:
            return {"data": None, "errors": problem.errors}
        if operation.definition.operation is OperationType.SUBSCRIPTION:
            raise RequestRefused(400, "UnsupportedOperation", "Subscriptions are served over WebSocket only.")
        if api.depth_limit and operation.depth > api.depth_limit:
            text = f"Query depth {operation.depth} is over the limit of {api.depth_limit}."
            return {"data": None, "errors": [_refusal("QueryDepthLimitReached", text)]}
        run = Run(
            api,
            schema,
            caller,
            self._cloud,
            request,
            query.variables,
            deadline=asyncio.get_running_loop().time() + TIME_LIMIT,
            resolvers_left=api.resolver_limit or MAX_RESOLVERS,
        )
        name = operation.definition.name
        try:
            running = execute(
                schema.graphql,
                operation.document,
                context_value=run,
                variable_values=dict(query.variables),
                operation_name=name.value if name else None,
                field_resolver=resolve_field,
            )
            result: ExecutionResult = await running if inspect.isawaitable(running) else running
        except RecursionError:
            raise malformed("Unable to run GraphQL query: it is nested too deeply.") from None
        return answer(result, schema)

    async def _read(self, query: Query, schema: Schema, api: Api) -> Operation:
        """Read the document; a large one off the event loop, since a hostile one may take a second to refuse."""
        read = partial(self._documents.read, query.text, query.operation_name, schema, introspection=api.introspection)
        return read() if len(query.text) <= QUICK else await asyncio.to_thread(read)


def _refusal(error_type: str, message: str) -> dict[str, Any]:
    return {
        "path": None,
        "data": None,
        "errorType": error_type,
        "errorInfo": None,
        "locations": None,
        "message": message,
    }
