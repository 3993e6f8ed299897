"""Every touch of the engine (`ministack`, exactly the pinned version) and of its private parts.

Nothing outside this package imports it. One module per topic; each patch says in its docstring which AWS behaviour
it restores, and has a probe in tools/tests/local/test_probes*.py that fails when the engine changes underneath.
A module is imported here so that its patches are registered.
"""

from tools.local.engine import speed, usage
from tools.local.aws.cloudwatch import engine_alarms
from tools.local.aws.appsync import engine_cloud
from tools.local.aws.appsync import engine_refusals
from tools.local.aws.appsync import engine_resource_types
from tools.local.aws.cloudformation import engine_provisioners
from tools.local.aws.cognito import engine_triggers
from tools.local.aws.cognito import engine_user_names
from tools.local.delivery import engine_delivery
from tools.local.aws.lambda_ import engine_async_invocations
from tools.local.aws.lambda_ import engine_queue_mappings
from tools.local.aws.lambda_ import engine_stream_mappings
from tools.local.aws.eventbridge import engine_targets
from tools.local.aws.eventbridge import engine_put_events
from tools.local.aws.logs import engine_function_logs
from tools.local.aws.lambda_ import engine_functions
from tools.local.aws.ses import engine_sending
from tools.local.aws.ses import engine_identities
from tools.local.aws.ses import engine_permissions
from tools.local.aws.cloudwatch import engine_metrics
from tools.local.aws.dynamodb import engine_pages
from tools.local.aws.dynamodb import engine_partitions
from tools.local.persistence import engine_parts
from tools.local.aws.lambda_ import engine_payloads
from tools.local.aws.apigateway import engine_rest
from tools.local.aws.secretsmanager import engine_resource_types
from tools.local.aws.dynamodb import engine_streams
from tools.local.aws.dynamodb import engine_tables
from tools.local.aws.apigateway import engine_websocket
from tools.local.engine.patching import Settings, application, configure, core, patch, service
from tools.local.aws.iam.engine_identity import ensure_administrator
from tools.local.persistence.engine_limits import trim
from tools.local.persistence.engine_state import remove_unused_packages, saver, stop_workers

__all__ = [
    "Settings",
    "alarms",
    "application",
    "appsync",
    "appsync_refusals",
    "appsync_templates",
    "cloudformation",
    "cognito",
    "cognito_names",
    "configure",
    "core",
    "delivery",
    "delivery_invocations",
    "delivery_queues",
    "delivery_streams",
    "delivery_targets",
    "ensure_administrator",
    "events",
    "function_logs",
    "functions",
    "mail",
    "mail_identities",
    "mail_rights",
    "metrics",
    "pages",
    "partitions",
    "parts",
    "patch",
    "payloads",
    "remove_unused_packages",
    "rest",
    "saver",
    "secrets",
    "service",
    "speed",
    "stop_workers",
    "streams",
    "tables",
    "trim",
    "usage",
    "websocket",
]
