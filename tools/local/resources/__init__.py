"""CloudFormation types that the engine does not know, and the watch over properties without effect."""

from pathlib import Path

from tools.local.aws.cloudformation.engine_provisioners import observe, register
from tools.local.engine.own_services import add_service
from tools.local.aws.cloudwatch.resource_types import CompositeAlarm
from tools.local.aws.schemas.resource_types import Registry, RegistryPolicy, Schema
from tools.local.aws.eventbridge.resource_types import Archive, EventBusPolicy
from tools.local.aws.cloudformation.ignored import IgnoredProperties
from tools.local.aws.apigateway.resource_types import Deployment
from tools.local.aws.schemas.registry import SchemaRegistry
from tools.local.aws.schemas.api import SchemasService, arn_of_request


def install(folder: Path) -> IgnoredProperties:
    """Register our types and services with the engine; before it loads its state. `folder` keeps `ignored.json`."""
    store = SchemaRegistry()
    add_service("schemas", SchemasService(store), arn_of_request)
    register("AWS::Events::Archive", Archive())
    register("AWS::Events::EventBusPolicy", EventBusPolicy())
    register("AWS::EventSchemas::Registry", Registry(store))
    register("AWS::EventSchemas::Schema", Schema(store))
    register("AWS::EventSchemas::RegistryPolicy", RegistryPolicy(store))
    register("AWS::ApiGatewayV2::Deployment", Deployment())
    register("AWS::CloudWatch::CompositeAlarm", CompositeAlarm())
    ignored = IgnoredProperties(folder)
    observe(ignored)
    return ignored
