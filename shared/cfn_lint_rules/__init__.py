"""The cfn-lint rules of this platform: what every template must have in addition to valid CloudFormation.

cfn-lint expands loops and merges SAM `Globals` into the functions before it runs rules: a rule sees what is deployed.
Exemptions are in exemptions.yaml, each with its reason.
"""

from cfnlint.rules import CloudFormationLintRule

from shared.cfn_lint_rules.alarm import ReadableAlarm
from shared.cfn_lint_rules.alias import ReachedByAlias
from shared.cfn_lint_rules.api_stages import ApiStages
from shared.cfn_lint_rules.encryption import Encrypted
from shared.cfn_lint_rules.environment_names import NoEnvironmentNames
from shared.cfn_lint_rules.event_sources import EventSourceFails
from shared.cfn_lint_rules.failure_destination import AsynchronousFunctionFails
from shared.cfn_lint_rules.function_settings import FunctionSettings
from shared.cfn_lint_rules.log_format import JsonLogs
from shared.cfn_lint_rules.log_group import FunctionLogGroup
from shared.cfn_lint_rules.parameters import MandatoryParameters
from shared.cfn_lint_rules.permission import PermissionSource
from shared.cfn_lint_rules.pipeline_roles import PipelineRoles
from shared.cfn_lint_rules.pipelines import PipelineStructure
from shared.cfn_lint_rules.put_events import PutEventsOwnSource
from shared.cfn_lint_rules.recovery import Recoverable
from shared.cfn_lint_rules.rule_target import RuleTargetFails
from shared.cfn_lint_rules.topic_policy import TopicPolicyOfEventBridge
from shared.cfn_lint_rules.wildcards import NoWildcards

RULES: tuple[type[CloudFormationLintRule], ...] = (
    FunctionLogGroup,
    AsynchronousFunctionFails,
    EventSourceFails,
    RuleTargetFails,
    PutEventsOwnSource,
    NoWildcards,
    PermissionSource,
    Encrypted,
    Recoverable,
    MandatoryParameters,
    NoEnvironmentNames,
    FunctionSettings,
    ReachedByAlias,
    ReadableAlarm,
    ApiStages,
    JsonLogs,
    PipelineStructure,
    PipelineRoles,
    TopicPolicyOfEventBridge,
)
