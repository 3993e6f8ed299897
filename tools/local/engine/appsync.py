"""AppSync: the engine keeps the records, our data plane (tools/local/appsync) answers the requests.

`EngineCloud` is the data plane's edge to the engine. The patches make schemas and resolvers fail when they are made
rather than when they are used.
"""

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from typing import Any

from tools.local.appsync import Resolver, SchemaError, UnsupportedResolver, compile_schema, supported
from tools.local.appsync.model import Api, DataSource, Mode, Provider, UserPool
from tools.local.engine.appsync_calls import LambdaCalls, RolePermissions, SignatureChecks, pool_keys
from tools.local.engine.cloudformation import Created, Properties, ResourceFailed, register
from tools.local.engine.frame import core, patch, service

Response = tuple[int, dict[str, str], bytes]
MAPPING_TEMPLATES = (
    "RequestMappingTemplate",
    "ResponseMappingTemplate",
    "RequestMappingTemplateS3Location",
    "ResponseMappingTemplateS3Location",
)


class EngineCloud(LambdaCalls, RolePermissions, SignatureChecks):
    """The running engine as the data plane sees it (`tools.local.appsync.model.Cloud`)."""

    def api(self, api_id: str) -> Api | None:
        appsync = service("appsync")
        for (account, region, stored_id), record in appsync._apis.all_items():
            if stored_id == api_id:
                return _api(appsync, account, region, api_id, record)
        return None

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
    """The engine's record of a resolver, or a request to make one, as the data plane reads it."""
    return Resolver(
        type_name=str(record.get("typeName") or ""),
        field_name=str(record.get("fieldName") or ""),
        data_source=record.get("dataSourceName"),
        kind=str(record.get("kind") or "UNIT"),
        runtime=str((record.get("runtime") or {}).get("name") or ""),
        code=str(record.get("code") or ""),
        templates=bool(record.get("requestMappingTemplate") or record.get("responseMappingTemplate")),
        max_batch_size=int(record.get("maxBatchSize") or 0),
    )


@patch
def resolvers_are_checked_when_made() -> None:
    """AppSync refuses code that does not compile and fields that the schema lacks; the engine stores anything. Code
    that the local cloud cannot run is refused here too, so that no stack deploys what would then fail."""
    appsync = core("services.appsync")
    create: Callable[[str, str, dict[str, Any]], Response] = appsync._create_resolver

    def create_checked(api_id: str, type_name: str, body: dict[str, Any]) -> Response:
        error: Callable[[str, str, int], Response] = core("core.responses").error_response_json
        if api_id in appsync._apis:
            missing = _missing_field(appsync, api_id, type_name, str(body.get("fieldName") or ""))
            if missing:
                return error("NotFoundException", missing, 404)
            source = body.get("dataSourceName")
            if source and source not in (appsync._data_sources.get(api_id) or {}):
                return error("NotFoundException", f"No data source named {source} found for API {api_id}", 404)
            try:
                supported(resolver_of({**body, "typeName": type_name}))
            except UnsupportedResolver as refused:
                return error("BadRequestException", str(refused), 400)
        return create(api_id, type_name, body)

    appsync._create_resolver = create_checked


def _missing_field(appsync: Any, api_id: str, type_name: str, field_name: str) -> str:
    definition = (appsync._schemas.get(api_id) or {}).get("definition") or ""
    if not definition:
        return "The API has no schema yet; in a template the resolver wants `DependsOn` its GraphQLSchema"
    rules = compile_schema(definition).rules
    if any(name == type_name for name, _ in rules):
        return "" if (type_name, field_name) in rules else f"No field named {field_name} found on type {type_name}"
    return f"No type named {type_name} found in the schema"


@patch
def schemas_are_compiled_when_made() -> None:
    """AppSync compiles a schema when it gets it: a wrong one leaves the API as it was and ends in FAILED, which
    fails the stack. The engine stores any text as a success, and the stack too."""
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


class _Filled:
    """Properties of a resource with one more, which was read from S3."""

    def __init__(self, properties: Properties, name: str, value: str) -> None:
        self._properties, self._name, self._value = properties, name, value

    def get(self, key: str, default: Any = None) -> Any:
        return self._value if key == self._name else self._properties.get(key, default)

    def __getitem__(self, key: str) -> Any:
        return self._value if key == self._name else self._properties[key]


def _with_text_from_s3(properties: Properties, name: str, location_name: str) -> Any:
    location = str(properties.get(location_name) or "")
    if not location:
        return properties
    bucket, _, key = location.removeprefix("s3://").partition("/")
    data = service("s3")._get_object_data(bucket, key) if location.startswith("s3://") else None
    if data is None:
        raise ResourceFailed(f"{location_name}: there is nothing at {location}")
    return _Filled(properties, name, data.decode())


@patch
def templates_fail_with_the_reason() -> None:
    """CloudFormation reads a schema and resolver code from S3 when the template says so, and fails with AppSync's
    reason. The engine ignores both locations and leaves the API without schema and code."""
    provisioners = core("services.cloudformation.provisioners")
    handlers = provisioners._RESOURCE_HANDLERS
    make_schema: Callable[..., Created] = handlers["AWS::AppSync::GraphQLSchema"]["create"]
    make_resolver: Callable[..., Created] = handlers["AWS::AppSync::Resolver"]["create"]

    def create_schema(logical_id: str, properties: Properties, stack: str) -> Created:
        filled = _with_text_from_s3(properties, "Definition", "DefinitionS3Location")
        try:
            compile_schema(str(filled.get("Definition") or ""))
        except SchemaError as error:
            raise ResourceFailed(f"Schema creation failed: {error}") from None
        return make_schema(logical_id, filled, stack)

    def create_resolver(logical_id: str, properties: Properties, stack: str) -> Created:
        filled = _with_text_from_s3(properties, "Code", "CodeS3Location")
        resolver = Resolver(
            str(filled.get("TypeName") or ""),
            str(filled.get("FieldName") or ""),
            filled.get("DataSourceName"),
            str(filled.get("Kind") or "UNIT"),
            str((filled.get("Runtime") or {}).get("Name") or ""),
            str(filled.get("Code") or ""),
            templates=any(filled.get(name) for name in MAPPING_TEMPLATES),
            max_batch_size=int(filled.get("MaxBatchSize") or 0),
        )
        try:
            supported(resolver)
        except UnsupportedResolver as error:
            raise ResourceFailed(str(error)) from None
        missing = _missing_field(core("services.appsync"), str(filled.get("ApiId")), *_names(resolver))
        if missing:
            raise ResourceFailed(missing)
        return make_resolver(logical_id, filled, stack)

    handlers["AWS::AppSync::GraphQLSchema"]["create"] = create_schema
    handlers["AWS::AppSync::Resolver"]["create"] = create_resolver


def _names(resolver: Resolver) -> tuple[str, str]:
    return resolver.type_name, resolver.field_name


@dataclass(frozen=True)
class _ApiByArn:
    """AWS::AppSync::GraphQLApi whose `Ref` is the API's ARN."""

    handler: dict[str, Any]

    @staticmethod
    def _id(physical_id: str) -> str:
        return physical_id.rpartition("/")[2]

    def create(self, logical_id: str, properties: Properties, stack: str) -> Created:
        _, attributes = self.handler["create"](logical_id, properties, stack)
        return str(attributes["Arn"]), attributes

    def update(self, physical_id: str, old: Properties, new: Properties, stack: str, logical_id: str) -> Created:
        _, attributes = self.handler["update"](self._id(physical_id), old, new, stack, logical_id)
        return str(attributes["Arn"]), attributes

    def delete(self, physical_id: str, properties: Properties) -> None:
        self.handler["delete"](self._id(physical_id), properties)


@patch
def ref_of_an_api_is_its_arn() -> None:
    """`Ref` of an AWS::AppSync::GraphQLApi gives the ARN on AWS; the engine gives the id."""
    handlers = core("services.cloudformation.provisioners")._RESOURCE_HANDLERS
    register("AWS::AppSync::GraphQLApi", _ApiByArn(dict(handlers["AWS::AppSync::GraphQLApi"])))


@patch
def nobody_else_answers_queries() -> None:
    """AppSync verifies every caller. The engine's own data plane believes any bearer token, so it is closed: what
    does not reach our plane gets no answer."""
    appsync = core("services.appsync")

    def refuse(*_: Any, **__: Any) -> Response:
        refused: Response = appsync._graphql_error(404, "ResourceNotFoundException", "Unable to find the Api.")
        return refused

    appsync._execute_graphql = refuse
    appsync._execute_with_schema = refuse
