"""One field of a running query: the caller's permission, and its value.

Fields of one level are resolved at the same time, those of a mutation one after the other, as GraphQL requires.
"""

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from functools import partial
from typing import Any, cast

from graphql import GraphQLNamedType, GraphQLResolveInfo, OperationType

from tools.local.aws.appsync import caching, handlers
from tools.local.aws.appsync.authentication import Caller
from tools.local.aws.appsync.authorization import may_use, policy_allows
from tools.local.aws.appsync.batching import MAX_BATCH, Batches
from tools.local.aws.appsync.errors import FieldError, UnsupportedResolver
from tools.local.aws.appsync.failed_functions import FAILED, naming_the_function
from tools.local.aws.appsync.handlers import Handler
from tools.local.aws.appsync.model import Answer, Api, Cloud, DataSource, Request, Resolver
from tools.local.aws.appsync.schema import Schema
from tools.local.aws.appsync.selections import selection_paths, selection_text

log = logging.getLogger("local.appsync")

# AppSync's limit when the API sets none.
MAX_RESOLVERS = 10_000
# Concurrent calls of one request. Further calls wait, as a laptop has few cores.
MAX_CONCURRENT = 25
# The supported types of data sources.
SOURCES = ("AWS_LAMBDA", "NONE")
# AppSync ends a query or mutation after 30 seconds.
TIME_LIMIT = 30.0


@dataclass
class Run:
    """One query run for one caller: the context value of graphql-core."""

    api: Api
    schema: Schema
    caller: Caller
    cloud: Cloud
    request: Request
    variables: Mapping[str, Any]
    deadline: float
    resolvers_left: int = MAX_RESOLVERS
    slots: asyncio.Semaphore = field(default_factory=lambda: asyncio.Semaphore(MAX_CONCURRENT))
    batches: Batches = field(default_factory=Batches)
    # For a mutation with subscribers: the type of each object of its answer, by path.
    types: dict[tuple[str | int, ...], str] | None = None
    # Seconds since 1970, for the cache.
    clock: Callable[[], float] = time.time


def resolve_field(source: Any, info: GraphQLResolveInfo, /, **arguments: Any) -> Any:
    """The value of a field, or an awaitable of it; raises FieldError."""
    run: Run = info.context
    type_name, field_name = info.parent_type.name, info.field_name
    is_root = is_root_type(info.parent_type, info)
    if run.types is not None and not is_root and info.path.prev is not None:
        run.types[tuple(info.path.prev.as_list())] = type_name
    check_access(run, info)
    resolver = run.api.resolvers.get((type_name, field_name))
    if resolver is None:
        # AppSync answers null for a root field without a resolver.
        return None if is_root or not isinstance(source, Mapping) else source.get(field_name)
    return call_resolver(resolver, source, info, arguments)


def check_access(run: Run, info: GraphQLResolveInfo) -> None:
    """Raise FieldError unless directives and policies let the caller use this field."""
    type_name, field_name = info.parent_type.name, info.field_name
    root = type_name if is_root_type(info.parent_type, info) else None
    rules = run.schema.rules[type_name, field_name]
    if not may_use(run.caller, run.api, rules) or not policy_allows(run.caller, run.api, root, field_name):
        raise FieldError(f"Not Authorized to access {field_name} on type {type_name}", "Unauthorized")


def is_root_type(parent: GraphQLNamedType, info: GraphQLResolveInfo) -> bool:
    schema = info.schema
    return parent in (schema.query_type, schema.mutation_type, schema.subscription_type)


def call_resolver(
    resolver: Resolver, source: Any, info: GraphQLResolveInfo, arguments: Mapping[str, Any]
) -> Awaitable[Any]:
    """Start the resolver's call. A batch collects payloads before the first of these is awaited."""
    run: Run = info.context
    if run.resolvers_left <= 0:
        raise FieldError("Resolver invocation limit reached.", "ResolverExecutionLimitReached")
    run.resolvers_left -= 1
    data_source = run.api.data_sources.get(resolver.data_source or "")
    try:
        handler = supported(resolver, data_source.type if data_source else "missing")
    except UnsupportedResolver as error:
        raise FieldError(str(error), "UnsupportedResolver") from None
    context = _context(run, source, info, arguments)
    # `supported` has checked that the data source exists.
    resolve = partial(_resolve, resolver, handler, run, cast(DataSource, data_source), context)
    if run.api.has_cache and resolver.is_cached and info.operation.operation is OperationType.QUERY:
        entries, key = run.cloud.cache(run.api), caching.key_of(resolver, context)
        return caching.cached(entries, key, resolver.cache_seconds, run.clock(), resolve)
    return resolve()


def _resolve(
    resolver: Resolver, handler: Handler | None, run: Run, data_source: DataSource, context: dict[str, Any]
) -> Awaitable[Any]:
    payload = handler.request(context)["payload"] if handler else context
    if resolver.max_batch_size:
        batch, place = run.batches.join((resolver.type_name, resolver.field_name), resolver.max_batch_size, payload)
        call = partial(batch.answer, place, partial(_call, run, data_source))
    else:
        call = partial(_call, run, data_source, payload)
    return _answered(handler, context, data_source.function_arn or "", call)


async def _answered(
    handler: Handler | None, context: dict[str, Any], function_arn: str, call: Callable[[], Awaitable[Answer]]
) -> Any:
    answer = await call()
    try:
        if handler is None:
            return _direct(answer)
        error = {"message": answer.error_message, "type": answer.error_type} if answer.error_type else None
        return handler.response({**context, "result": answer.payload, "error": error})
    except FieldError as error:
        if answer.error_type == FAILED:
            raise naming_the_function(error, function_arn) from None
        raise


def supported(resolver: Resolver, source_type: str) -> Handler | None:
    """The handler that runs this resolver, None for a direct Lambda resolver; raises UnsupportedResolver."""
    name = f"resolver {resolver.type_name}.{resolver.field_name}"
    if resolver.kind != "UNIT":
        raise UnsupportedResolver(f"{name}: the local cloud runs UNIT resolvers only, this is {resolver.kind}")
    if resolver.templates:
        raise UnsupportedResolver(f"{name}: the local cloud has no mapping templates; use known APPSYNC_JS code")
    if source_type not in SOURCES:
        raise UnsupportedResolver(
            f"{name}: the local cloud resolves with data sources of type {' and '.join(SOURCES)};"
            f" {resolver.data_source!r} is {source_type}"
        )
    if not 0 <= resolver.max_batch_size <= MAX_BATCH:
        raise UnsupportedResolver(f"{name}: MaxBatchSize goes from 0 to {MAX_BATCH}")
    if problem := caching.problem_of(resolver):
        raise UnsupportedResolver(f"{name}: {problem}")
    if not resolver.runtime and not resolver.code:
        if source_type != "AWS_LAMBDA":
            raise UnsupportedResolver(f"{name}: only a Lambda function resolves without code, not {source_type}")
        return None
    if resolver.runtime != "APPSYNC_JS":
        raise UnsupportedResolver(f"{name}: the runtime {resolver.runtime or 'missing'} is not APPSYNC_JS")
    try:
        handler = handlers.find(resolver.code)
    except UnsupportedResolver as error:
        raise UnsupportedResolver(f"{name}: {error}") from None
    if handler.source != source_type:
        raise UnsupportedResolver(f"{name}: this code is for a data source of type {handler.source}, not {source_type}")
    if handler.batch != bool(resolver.max_batch_size):
        raise UnsupportedResolver(f"{name}: MaxBatchSize and code with the operation BatchInvoke need each other")
    return handler


def _context(run: Run, source: Any, info: GraphQLResolveInfo, arguments: Mapping[str, Any]) -> dict[str, Any]:
    """The context of a resolver, which is also the complete event of a direct one."""
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
            "selectionSetGraphQL": selection_text(info),
            "variables": run.variables,
        },
    }


async def _call(run: Run, data_source: DataSource, payload: Any) -> Answer:
    if data_source.type == "NONE":
        return Answer(payload)
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


def _direct(answer: Answer) -> Any:
    """A direct Lambda resolver's value. AppSync shows the text of a function that failed."""
    if answer.error_type:
        raise FieldError(answer.error_message, answer.error_type)
    return answer.payload
