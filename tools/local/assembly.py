"""The parts of the local cloud: the patches of the engine, the resource types and the data planes.

Add a new `engine_*.py` with patches, a new resource type or a new data plane here.
"""

from pathlib import Path

from tools.local.asgi import Plane
from tools.local.aws import engine_code_services
from tools.local.aws.apigateway import (
    engine_authorizers,
    engine_deployments,
    engine_keys,
    engine_measures,
    engine_mock,
    engine_rest,
    engine_service_integrations,
    engine_websocket,
)
from tools.local.aws.apigateway.resource_types import Deployment
from tools.local.aws.appsync import (
    AppSyncPlane,
    engine_api_cache,
    engine_cloud,
    engine_refusals,
    failed_functions,
    handlers,
)
from tools.local.aws.appsync import engine_measures as appsync_measures
from tools.local.aws.appsync import engine_resource_types as appsync_types
from tools.local.aws.appsync.resource_types import ApiCache
from tools.local.aws.cloudformation import (
    engine_deleted_stacks,
    engine_interrupted_stacks,
    engine_passed_roles,
    engine_provisioners,
    engine_stack_changes,
    engine_stack_states,
    engine_transforms,
)
from tools.local.aws.cloudformation.engine_provisioners import observe, register
from tools.local.aws.cloudformation.ignored import IgnoredProperties
from tools.local.aws.cloudfront import engine_distributions, engine_edge_functions
from tools.local.aws.cloudwatch import (
    engine_alarm_math,
    engine_alarms,
    engine_dashboards,
    engine_metrics,
    engine_put_metric_data,
)
from tools.local.aws.cloudwatch.resource_types import CompositeAlarm
from tools.local.aws.codebuild.environment import of_host
from tools.local.aws.codedeploy import engine_alias_updates, engine_shift
from tools.local.aws.codedeploy import resource_types as codedeploy_types
from tools.local.aws.codedeploy.api import CodeDeployService
from tools.local.aws.codedeploy.api import arn_of_request as codedeploy_arn
from tools.local.aws.cognito import engine_attributes, engine_codes, engine_tags, engine_triggers, engine_user_names
from tools.local.aws.dynamodb import (
    engine_index_lag,
    engine_pages,
    engine_partitions,
    engine_streams,
    engine_tables,
    engine_transactions,
)
from tools.local.aws.eventbridge import (
    engine_put_events,
    engine_recorder,
    engine_replays,
    engine_rules,
    engine_target_kinds,
    engine_targets,
)
from tools.local.aws.eventbridge.recorder import recorder
from tools.local.aws.eventbridge.resource_types import Archive, EventBusPolicy
from tools.local.aws.iam import engine_boundaries, engine_identity, engine_principal
from tools.local.aws.lambda_ import (
    engine_aliases,
    engine_async_invocations,
    engine_functions,
    engine_payloads,
    engine_queue_mappings,
    engine_reserved_concurrency,
    engine_stream_mappings,
)
from tools.local.aws.logs import engine_filter_patterns, engine_function_logs, engine_log_groups
from tools.local.aws.s3 import engine_forms, engine_missing_objects, engine_notifications
from tools.local.aws.schemas.api import SchemasService, arn_of_request
from tools.local.aws.schemas.registry import SchemaRegistry
from tools.local.aws.schemas.resource_types import Registry, RegistryPolicy, Schema
from tools.local.aws.secretsmanager import engine_resource_types as secret_types
from tools.local.aws.ses import engine_identities, engine_permissions, engine_sending
from tools.local.aws.ses.faults import faults
from tools.local.aws.ses.mailbox import Mailbox
from tools.local.aws.ses.plane import MailPlane
from tools.local.aws.ssm import engine_parameters
from tools.local.aws.stepfunctions import engine_machines
from tools.local.console.build import console_build, node_place
from tools.local.console.plane import ConsolePlane
from tools.local.delivery import engine_work
from tools.local.engine import speed, unserved, usage
from tools.local.engine.own_services import add_service
from tools.local.extension import Extension
from tools.local.persistence import engine_parts, engine_state
from tools.local.usage import UsagePlane
from tools.local.web.build import registry_environment

# Applied in this order: a later patch wraps the result of an earlier one.
PATCHES = (
    engine_metrics,
    engine_alarms,
    engine_put_metric_data,
    engine_alarm_math,
    engine_dashboards,
    engine_cloud,
    engine_target_kinds,
    engine_provisioners,
    engine_transforms,
    engine_deleted_stacks,
    engine_passed_roles,
    engine_stack_states,
    engine_rules,
    engine_refusals,
    appsync_types,
    engine_api_cache,
    engine_codes,
    engine_attributes,
    engine_triggers,
    engine_user_names,
    engine_tags,
    engine_sending,
    engine_streams,
    engine_parts,
    engine_state,
    engine_work,
    engine_async_invocations,
    engine_stream_mappings,
    engine_queue_mappings,
    engine_reserved_concurrency,
    engine_targets,
    engine_forms,
    engine_notifications,
    engine_distributions,
    engine_edge_functions,
    engine_replays,
    engine_put_events,
    engine_recorder,
    engine_machines,
    engine_parameters,
    engine_function_logs,
    engine_filter_patterns,
    engine_functions,
    engine_aliases,
    engine_shift,
    engine_alias_updates,
    engine_interrupted_stacks,
    engine_stack_changes,
    engine_identities,
    engine_permissions,
    engine_partitions,
    engine_index_lag,
    engine_pages,
    engine_payloads,
    engine_missing_objects,
    engine_mock,
    engine_rest,
    engine_service_integrations,
    engine_authorizers,
    engine_keys,
    engine_deployments,
    engine_measures,
    secret_types,
    speed,
    unserved,
    engine_tables,
    engine_transactions,
    engine_log_groups,
    usage,
    engine_websocket,
    engine_identity,
    engine_boundaries,
    engine_principal,
)


def install(folder: Path, extension: Extension) -> None:
    """Register resource types, services and resolver code. Call it before the engine loads its state.

    `folder` keeps `ignored.json`.
    """
    store = SchemaRegistry()
    add_service("schemas", SchemasService(store), arn_of_request)
    register("AWS::AppSync::ApiCache", ApiCache())
    add_service("codedeploy", CodeDeployService(engine_shift.store, engine_shift.stop), codedeploy_arn)
    register("AWS::CodeDeploy::Application", codedeploy_types.Application(engine_shift.store))
    register("AWS::CodeDeploy::DeploymentConfig", codedeploy_types.DeploymentConfig(engine_shift.store))
    register("AWS::CodeDeploy::DeploymentGroup", codedeploy_types.DeploymentGroup(engine_shift.store))
    register("AWS::Events::Archive", Archive())
    register("AWS::Events::EventBusPolicy", EventBusPolicy())
    register("AWS::EventSchemas::Registry", Registry(store))
    register("AWS::EventSchemas::Schema", Schema(store))
    register("AWS::EventSchemas::RegistryPolicy", RegistryPolicy(store))
    register("AWS::ApiGatewayV2::Deployment", Deployment())
    register("AWS::CloudWatch::CompositeAlarm", CompositeAlarm())
    engine_code_services.install(folder)
    engine_machines.install()
    observe(IgnoredProperties(folder))
    handlers.register(extension.resolvers)
    failed_functions.register(extension.log_command)
    engine_edge_functions.install(node_place(folder))


def planes(extension: Extension, folder: Path) -> list[Plane]:
    """Our data planes and those of the extension. The server offers a request to them in this order, then to the
    engine. `folder` keeps the built pages of the console."""
    mail = MailPlane(Mailbox(engine_sending.sent, engine_sending.remove_sent), faults)
    build = console_build(folder, {**registry_environment(), **of_host()})
    console = ConsolePlane(recorder, build, extension.console_pages, extension.console_links)
    return [
        AppSyncPlane(engine_cloud.EngineCloud(), measure=appsync_measures.measure),
        UsagePlane(),
        mail,
        *extension.planes,
        console,
    ]
