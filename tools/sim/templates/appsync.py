"""AppSync in a template: its schema, modes, data sources and resolvers."""

from collections.abc import Mapping
from typing import Any

from tools.local.aws.appsync.errors import SchemaError
from tools.local.aws.appsync.handlers import fingerprint
from tools.local.aws.appsync.schema import compile_schema
from tools.local_platform.resolver_twins import TWINS
from tools.sim.not_simulated import NotSimulated
from tools.sim.templates.arns import arn
from tools.sim.templates.blueprint import Blueprint, Resolver, Role

OF_RESOLVERS = frozenset(
    ("ApiId", "CachingConfig", "Code", "DataSourceName", "FieldName", "Kind", "Runtime", "TypeName")
)
OF_DATA_SOURCES = frozenset(["ApiId", "LambdaConfig", "Name", "ServiceRoleArn", "Type"])
_HANDLERS = {twin.fingerprint: twin.handler for twin in TWINS}


def add_api(blueprint: Blueprint, own: str, properties: Mapping[str, Any], _service: str) -> None:
    others = properties.get("AdditionalAuthenticationProviders") or []
    blueprint.graphql_arn = arn("appsync", f"apis/{own}")
    blueprint.graphql_modes = tuple(each["AuthenticationType"] for each in (properties, *others))


def add_schema(blueprint: Blueprint, own: str, properties: Mapping[str, Any], _service: str) -> None:
    """Raises NotSimulated for a schema that AppSync refuses."""
    try:
        compile_schema(properties["Definition"])
    except SchemaError as error:
        raise NotSimulated(f"{own}: {error}") from None
    blueprint.schema = properties["Definition"]


def resolver_of(own: str, properties: Mapping[str, Any], source: Mapping[str, Any], role: Role) -> Resolver:
    """A resolver with its data source, a function. Raises NotSimulated for code without a twin in Python."""
    if properties.get("Kind", "UNIT") != "UNIT" or properties.get("CachingConfig"):
        raise NotSimulated(f"{own} is a pipeline, or it is cached")
    handler = _HANDLERS.get(fingerprint(str(properties.get("Code", ""))))
    if handler is None or handler.batch or handler.source != source["Type"]:
        raise NotSimulated(f"{own}: its code is not that of a data source of type {source['Type']}")
    function = source["LambdaConfig"]["LambdaFunctionArn"]
    return Resolver(properties["TypeName"], properties["FieldName"], function, role, handler)
