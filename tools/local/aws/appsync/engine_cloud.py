"""AppSync: the engine keeps the records, our data plane answers the requests.

`EngineCloud` gives the data plane access to the engine. With the patches, a wrong schema or resolver fails when it is
created, not when it is used; `engine_resource_types.py` does the same for CloudFormation.
"""

from collections.abc import Callable, Collection, Mapping, MutableMapping
from typing import Any

from tools.local.aws.appsync import Resolver, SchemaError, UnsupportedResolver, compile_schema, supported
from tools.local.aws.appsync.engine_calls import LambdaCalls, RolePermissions, SignatureChecks, pool_keys
from tools.local.aws.appsync.model import Api, DataSource, Mode, Provider, UserPool
from tools.local.engine.patching import core, patch, service

Response = tuple[int, dict[str, str], bytes]


class EngineCloud(LambdaCalls, RolePermissions, SignatureChecks):
    """The running engine as the data plane's `Cloud` (`model.py`)."""

    def api(self, api_id: str) -> Api | None:
        appsync = service("appsync")
        for (account, region, stored_id), record in appsync._apis.all_items():
            if stored_id == api_id:
                return _api(appsync, account, region, api_id, record)
        return None

    def cache(self, api: Api) -> MutableMapping[str, tuple[float, Any]]:
        """The engine's own entries: FlushApiCache and DeleteApiCache empty them."""
        entries: MutableMapping[str, tuple[float, Any]] = service("appsync")._cache_entries.setdefault(api.api_id, {})
        return entries

    def pool_keys(self, pool_id: str) -> Mapping[str, Any]:
        return pool_keys(pool_id) if _pool(pool_id) is not None else {}

    def pool_clients(self, pool_id: str) -> Collection[str]:
        pool = _pool(pool_id)
        return frozenset(pool["_clients"]) if pool else frozenset()


def _pool(pool_id: str) -> Any:
    pools = service("cognito")._user_pools.all_items()
    return next((pool for (_account, _region, stored_id), pool in pools if stored_id == pool_id), None)


def _api(appsync: Any, account: str, region: str, api_id: str, record: Mapping[str, Any]) -> Api:
    def children(store: Any) -> Mapping[str, Any]:
        return store.get_scoped(account, region, api_id) or {}

    extra = record.get("additionalAuthenticationProviders") or []
    return Api(
        api_id=api_id,
        arn=str(record["arn"]),
        account=account,
        region=region,
        default=_provider(record, region),
        additional=tuple(_provider(one, region) for one in extra if one.get("authenticationType")),
        keys={key_id: float(key["expires"]) for key_id, key in children(appsync._api_keys).items()},
        schema=str(children(appsync._schemas).get("definition") or ""),
        resolvers={
            (type_name, field_name): resolver_of(one)
            for type_name, fields in children(appsync._resolvers).items()
            for field_name, one in fields.items()
        },
        data_sources={name: _data_source(one) for name, one in children(appsync._data_sources).items()},
        introspection=record.get("introspectionConfig") != "DISABLED",
        depth_limit=int(record.get("queryDepthLimit") or 0),
        resolver_limit=int(record.get("resolverCountLimit") or 0),
        has_cache=bool(children(appsync._caches)),
    )


def _provider(record: Mapping[str, Any], region: str) -> Provider:
    mode, config = Mode(record.get("authenticationType") or "API_KEY"), record.get("userPoolConfig") or {}
    if mode is not Mode.USER_POOL or not config.get("userPoolId"):
        return Provider(mode)
    pool_id = str(config["userPoolId"])
    return Provider(
        mode,
        UserPool(
            pool_id,
            str(config.get("awsRegion") or region),
            config.get("appIdClientRegex") or None,
            str(config.get("defaultAction") or "ALLOW"),
        ),
    )


def _data_source(record: Mapping[str, Any]) -> DataSource:
    config = record.get("lambdaConfig") or {}
    return DataSource(
        str(record["name"]), str(record["type"]), record.get("serviceRoleArn"), config.get("lambdaFunctionArn")
    )


def resolver_of(record: Mapping[str, Any]) -> Resolver:
    """The data plane's view of the engine's record of a resolver, or of a request to create one."""
    caching = record.get("cachingConfig") or {}
    return Resolver(
        type_name=str(record.get("typeName") or ""),
        field_name=str(record.get("fieldName") or ""),
        data_source=record.get("dataSourceName"),
        kind=str(record.get("kind") or "UNIT"),
        runtime=str((record.get("runtime") or {}).get("name") or ""),
        code=str(record.get("code") or ""),
        templates=bool(record.get("requestMappingTemplate") or record.get("responseMappingTemplate")),
        max_batch_size=int(record.get("maxBatchSize") or 0),
        is_cached=bool(caching),
        cache_seconds=int(caching.get("ttl") or 0),
        cache_keys=tuple(map(str, caching.get("cachingKeys") or ())),
    )


@patch
def resolvers_are_checked_when_made() -> None:
    """AppSync refuses code that does not compile and fields that the schema lacks. The engine stores anything.
    Code that the local cloud cannot run is refused here as well, so that no stack deploys something that would
    fail later."""
    appsync = core("services.appsync")
    create: Callable[[str, str, dict[str, Any]], Response] = appsync._create_resolver

    def create_checked(api_id: str, type_name: str, body: dict[str, Any]) -> Response:
        error: Callable[[str, str, int], Response] = core("core.responses").error_response_json
        if api_id in appsync._apis:
            missing = missing_field(appsync, api_id, type_name, str(body.get("fieldName") or ""))
            if missing:
                return error("NotFoundException", missing, 404)
            source = body.get("dataSourceName")
            kind = source_type(appsync, api_id, source)
            if source and not kind:
                return error("NotFoundException", f"No data source named {source} found for API {api_id}", 404)
            try:
                supported(resolver_of({**body, "typeName": type_name}), kind or "missing")
            except UnsupportedResolver as refused:
                return error("BadRequestException", str(refused), 400)
        return create(api_id, type_name, body)

    appsync._create_resolver = create_checked


def source_type(appsync: Any, api_id: str, name: Any) -> str:
    """The type of an API's data source; empty when there is none with that name."""
    source = (appsync._data_sources.get(api_id) or {}).get(name) or {}
    return str(source.get("type") or "")


def missing_field(appsync: Any, api_id: str, type_name: str, field_name: str) -> str:
    definition = (appsync._schemas.get(api_id) or {}).get("definition") or ""
    if not definition:
        return "The API has no schema yet; in a template the resolver needs `DependsOn` with its GraphQLSchema"
    rules = compile_schema(definition).rules
    if any(name == type_name for name, _ in rules):
        return "" if (type_name, field_name) in rules else f"No field named {field_name} found on type {type_name}"
    return f"No type named {type_name} found in the schema"


@patch
def schemas_are_compiled_when_made() -> None:
    """AppSync compiles a new schema: a wrong one leaves the API unchanged and ends in FAILED, which fails the stack.
    The engine stores any text and reports success."""
    appsync = core("services.appsync")
    start: Callable[[str, dict[str, Any]], Response] = appsync._start_schema_creation

    def start_checked(api_id: str, body: dict[str, Any]) -> Response:
        before = appsync._schemas.get(api_id)
        response = start(api_id, body)
        made = appsync._schemas.get(api_id)
        if response[0] != 200 or not made:
            return response
        try:
            compile_schema(str(made["definition"]))
        except SchemaError as error:
            kept = (before or {}).get("definition", "")
            appsync._schemas[api_id] = {"definition": kept, "status": "FAILED", "details": str(error)}
        return response

    appsync._start_schema_creation = start_checked


@patch
def the_engines_data_plane_is_closed() -> None:
    """AppSync verifies every caller. The engine's own data plane accepts any bearer token, so it is closed: requests
    that do not reach our plane get no answer."""
    appsync = core("services.appsync")

    def refuse(*_: Any, **__: Any) -> Response:
        refused: Response = appsync._graphql_error(404, "ResourceNotFoundException", "Unable to find the Api.")
        return refused

    appsync._execute_graphql = refuse
    appsync._execute_with_schema = refuse
