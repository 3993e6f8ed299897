"""One field of a running query: may the caller use it, and what is its value.

Fields of one level are resolved at the same time, a mutation's one after the other, as GraphQL wants it.
"""

import asyncio
import logging
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from graphql import GraphQLNamedType, GraphQLResolveInfo

from tools.local.appsync import handlers
from tools.local.appsync.authentication import Caller
from tools.local.appsync.authorization import may_use, policy_allows
from tools.local.appsync.errors import FieldError, UnsupportedResolver
from tools.local.appsync.handlers import Handler
from tools.local.appsync.model import Answer, Api, Cloud, DataSource, Request, Resolver
from tools.local.appsync.schema import Schema
from tools.local.appsync.selections import selection_paths

log = logging.getLogger("local.appsync")

# AppSync's own bound when the API sets none.
MAX_RESOLVERS = 10_000
# Calls of one request that run at the same time; more wait, as a laptop has few cores.
MAX_CONCURRENT = 25
# AppSync ends a query or mutation after 30 seconds.
TIME_LIMIT = 30.0


@dataclass
class Run:
    """One query being run for one caller; the context value of graphql-core."""

    api: Api
    schema: Schema
    caller: Caller
    cloud: Cloud
    request: Request
    variables: Mapping[str, Any]
    deadline: float
    resolvers_left: int = MAX_RESOLVERS
    slots: asyncio.Semaphore = field(default_factory=lambda: asyncio.Semaphore(MAX_CONCURRENT))


def resolve_field(source: Any, info: GraphQLResolveInfo, /, **arguments: Any) -> Any:
    """The value of a field, or an awaitable of it; raises FieldError."""
    run: Run = info.context
    type_name, field_name = info.parent_type.name, info.field_name
    rules = run.schema.rules[type_name, field_name]
    is_root = _is_root(info.parent_type, info)
    if not may_use(run.caller, run.api, rules) or not policy_allows(
        run.caller, run.api, type_name if is_root else None, field_name
    ):
        raise FieldError(f"Not Authorized to access {field_name} on type {type_name}", "Unauthorized")
    resolver = run.api.resolvers.get((type_name, field_name))
    if resolver is None:
        # AppSync answers null for a root field without a resolver.
        return None if is_root or not isinstance(source, Mapping) else source.get(field_name)
    if run.resolvers_left <= 0:
        raise FieldError("Resolver invocation limit reached.", "ResolverExecutionLimitReached")
    run.resolvers_left -= 1
    return _resolve(resolver, run, source, info, arguments)


def _is_root(parent: GraphQLNamedType, info: GraphQLResolveInfo) -> bool:
    schema = info.schema
    return parent in (schema.query_type, schema.mutation_type, schema.subscription_type)


async def _resolve(
    resolver: Resolver, run: Run, source: Any, info: GraphQLResolveInfo, arguments: Mapping[str, Any]
) -> Any:
    try:
        handler = supported(resolver)
    except UnsupportedResolver as error:
        raise FieldError(str(error), "UnsupportedResolver") from None
    data_source = run.api.data_sources.get(resolver.data_source or "")
    if data_source is None or data_source.type != "AWS_LAMBDA" or not data_source.function_arn:
        kind = data_source.type if data_source else "missing"
        text = f"the local cloud resolves with AWS_LAMBDA data sources; {resolver.data_source!r} is {kind}"
        raise FieldError(text, "UnsupportedResolver")
    context = _context(run, source, info, arguments)
    if handler is None:
        return _direct(await _call(run, data_source, context))
    operation = handler.request(context)
    answer = await _call(run, data_source, operation["payload"])
    if answer.error_type:
        failed = {**context, "result": answer.payload, "error": _ctx_error(answer)}
        return handler.response(failed)
    return handler.response({**context, "result": answer.payload, "error": None})


def supported(resolver: Resolver) -> Handler | None:
    """The handler that runs this resolver, None for a direct Lambda resolver; raises UnsupportedResolver."""
    name = f"resolver {resolver.type_name}.{resolver.field_name}"
    if resolver.kind != "UNIT":
        raise UnsupportedResolver(f"{name}: the local cloud runs UNIT resolvers only, this is {resolver.kind}")
    if resolver.templates:
        raise UnsupportedResolver(f"{name}: the local cloud runs no mapping templates; use the shared handler")
    if resolver.max_batch_size:
        raise UnsupportedResolver(f"{name}: the local cloud does not batch yet; leave MaxBatchSize out")
    if not resolver.runtime and not resolver.code:
        return None
    if resolver.runtime != "APPSYNC_JS":
        raise UnsupportedResolver(f"{name}: the runtime {resolver.runtime or 'missing'} is not APPSYNC_JS")
    try:
        return handlers.find(resolver.code)
    except UnsupportedResolver as error:
        raise UnsupportedResolver(f"{name}: {error}") from None


def _context(run: Run, source: Any, info: GraphQLResolveInfo, arguments: Mapping[str, Any]) -> dict[str, Any]:
    """The context of a resolver, which is also the whole event of a direct one."""
    return {
        "arguments": arguments,
        "identity": run.caller.identity,
        "source": source,
        "request": {"headers": dict(run.request.headers), "domainName": None},
        "prev": None,
        "stash": {},
        "info": {
            "fieldName": info.field_name,
            "parentTypeName": info.parent_type.name,
            "selectionSetList": selection_paths(info),
            "variables": run.variables,
        },
    }


async def _call(run: Run, data_source: DataSource, payload: Any) -> Answer:
    arn = data_source.function_arn or ""
    refusal = run.cloud.role_refusal(data_source.role_arn, "lambda:InvokeFunction", arn)
    if refusal:
        log.warning("data source %s: %s", data_source.name, refusal)
        return Answer(None, "Lambda:AccessDeniedException", refusal)
    try:
        async with asyncio.timeout_at(run.deadline), run.slots:
            answer = await run.cloud.invoke(run.api, arn, payload)
    except TimeoutError:
        return Answer(None, "ExecutionTimeout", "Execution timed out.")
    if answer.error_type:
        log.warning("function %s of data source %s: %s", arn, data_source.name, answer.error_type)
    return answer


def _ctx_error(answer: Answer) -> dict[str, Any]:
    return {"message": answer.error_message, "type": answer.error_type}


def _direct(answer: Answer) -> Any:
    """A direct Lambda resolver's value; AppSync shows the text of a function that failed."""
    if answer.error_type:
        raise FieldError(answer.error_message, answer.error_type)
    return answer.payload
