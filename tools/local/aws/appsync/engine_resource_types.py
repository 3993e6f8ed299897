"""AppSync's CloudFormation types where the engine differs from AWS."""

import secrets
from collections.abc import Callable
from typing import Any

from tools.local.aws.appsync import Resolver, SchemaError, UnsupportedResolver, compile_schema, supported
from tools.local.aws.appsync.engine_cloud import missing_field, source_type
from tools.local.aws.cloudformation.engine_provisioners import (
    Created,
    OwnRef,
    Properties,
    ResourceFailed,
    ref_is_arn,
    register,
    resource_type,
)
from tools.local.engine.patching import core, patch, service

API = "AWS::AppSync::GraphQLApi"
MAPPING_TEMPLATES = (
    "RequestMappingTemplate",
    "ResponseMappingTemplate",
    "RequestMappingTemplateS3Location",
    "ResponseMappingTemplateS3Location",
)


class _Filled:
    """The properties of a resource plus one that was read from S3."""

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
        raise ResourceFailed(f"{location_name}: no object at {location}")
    return _Filled(properties, name, data.decode())


@patch
def templates_fail_with_the_reason() -> None:
    """CloudFormation reads a schema and resolver code from S3 when the template gives a location, and fails with
    AppSync's reason. The engine ignores both locations and leaves the API without schema and code."""
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
        caching = filled.get("CachingConfig") or {}
        resolver = Resolver(
            str(filled.get("TypeName") or ""),
            str(filled.get("FieldName") or ""),
            filled.get("DataSourceName"),
            str(filled.get("Kind") or "UNIT"),
            str((filled.get("Runtime") or {}).get("Name") or ""),
            str(filled.get("Code") or ""),
            templates=any(filled.get(name) for name in MAPPING_TEMPLATES),
            max_batch_size=int(filled.get("MaxBatchSize") or 0),
            is_cached=bool(caching),
            cache_seconds=int(caching.get("Ttl") or 0),
            cache_keys=tuple(map(str, caching.get("CachingKeys") or ())),
        )
        kind = source_type(core("services.appsync"), str(filled.get("ApiId")), resolver.data_source)
        try:
            supported(resolver, kind or "missing")
        except UnsupportedResolver as error:
            raise ResourceFailed(str(error)) from None
        missing = missing_field(core("services.appsync"), str(filled.get("ApiId")), *_names(resolver))
        if missing:
            raise ResourceFailed(missing)
        return make_resolver(logical_id, filled, stack)

    handlers["AWS::AppSync::GraphQLSchema"]["create"] = create_schema
    handlers["AWS::AppSync::Resolver"]["create"] = create_resolver


def _names(resolver: Resolver) -> tuple[str, str]:
    return resolver.type_name, resolver.field_name


@patch
def api_keys_have_aws_form() -> None:
    """An API key is `da2-` and 26 characters. The engine's CloudFormation makes one of 8, which can be guessed."""
    provisioners = core("services.cloudformation.provisioners")
    handlers = provisioners._RESOURCE_HANDLERS["AWS::AppSync::ApiKey"]
    make: Callable[..., Created] = handlers["create"]

    def create_key(logical_id: str, properties: Properties, stack: str) -> Created:
        short, attributes = make(logical_id, properties, stack)
        keys = service("appsync")._api_keys[properties["ApiId"]]
        key_id = "da2-" + secrets.token_hex(13)
        keys[key_id] = {**keys.pop(short), "id": key_id, "apiKeyId": key_id}
        arn = str(attributes["Arn"]).removesuffix(short) + key_id
        return key_id, {"ApiKeyId": key_id, "ApiKey": key_id, "Arn": arn}

    handlers["create"] = create_key


@patch
def ref_of_an_api_is_its_arn() -> None:
    """`Ref` of an AWS::AppSync::GraphQLApi is the ARN on AWS; the engine gives the id."""
    register(API, OwnRef(resource_type(API), ref_is_arn, lambda arn: arn.rpartition("/")[2]))
