"""Templates within AWS's quotas: `quotas.yaml` has the limits and their sources."""

import functools
import json
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from tools.check.rules.aws.packaged_templates import services
from tools.check.rules.aws.transformed import Template, of_service
from tools.check.rules.aws.values import compact, named, number, text
from tools.check.rules.findings import Finding, Repository
from tools.project.documents import read_yaml
from tools.project.parameter_values import refusal
from tools.project.problems import Problem

# What Lambda adds to each permission: the statement's id, the ARN of the function, and the names of the policy.
STATEMENT_CHARS = 250
Use = tuple[str, str, float, str]
"""Resource or section, quota, its use, and what counts."""


@dataclass(frozen=True)
class Quota:
    value: float
    source: str


@functools.cache
def quotas() -> dict[str, Quota]:
    found = yaml.safe_load(Path(__file__).with_name("quotas.yaml").read_text(encoding="utf-8"))
    return {name: Quota(each["value"], each["source"]) for name, each in found.items()}


def check_quotas(repository: Repository) -> Iterator[Finding]:
    environment = longest_environment(repository.root)
    rules: Counter[str] = Counter()
    for service in services(repository):
        try:
            templates = of_service(repository.root, service)
        except Problem:
            continue  # reported by the check of packaged templates
        for template in templates:
            rules += Counter() if template.gradual else rules_by_bus(template)
            yield from over(template.file, uses(template, environment))
    # The rules of all stacks together: they share one bus.
    for bus, count in rules.items():
        yield from over("environments.yaml", [(f"rules of {bus}", "rules_per_bus", count, "their number")])


def over(file: str, used: Iterable[Use]) -> Iterator[Finding]:
    for place, name, amount, what in used:
        quota = quotas()[name]
        if amount > quota.value:
            message = f"{place}: {what} is {amount:.10g}, over AWS's limit of {quota.value:.10g}"
            yield Finding(file, 1, message, f"see {quota.source}")


def rules_by_bus(template: Template) -> Counter[str]:
    """The platform has one bus, by whatever reference a template names it."""
    return Counter(
        "the platform's bus" if each["Properties"].get("EventBusName") else "the default bus"
        for each in template.resources.values()
        if each["Type"] == "AWS::Events::Rule"
    )


def longest_environment(root: Path) -> str:
    path = root / "environments.yaml"
    names = map(str, read_yaml(path).get("environments", {}) if path.is_file() else ())
    return max([*names, "prod"], key=len)


def uses(template: Template, environment: str) -> Iterator[Use]:
    """Each use of a quota in a template."""
    yield "template", "template_bytes", len(template.packaged.encode()), "its size in bytes"
    for section in ("Resources", "Parameters", "Outputs", "Mappings"):
        count = len(template.body.get(section) or {})
        yield section, section.lower(), count, f"the number of {section.lower()}"
    yield "Description", "description_bytes", len(str(template.body.get("Description", "")).encode()), "its size"
    for name, resource in template.resources.items():
        measure = MEASURES.get(resource["Type"])
        if measure:
            for quota, used, what in measure(resource.get("Properties") or {}, environment):
                yield name, quota, used, what
    yield from _across(template)


Used = tuple[str, float, str]


def _function(given: Mapping[str, Any], environment: str) -> Iterator[Used]:
    yield "function_name", len(text(given.get("FunctionName"), environment)), "the length of FunctionName"
    yield "function_seconds", number(given.get("Timeout", 3)), "Timeout"
    variables = (given.get("Environment") or {}).get("Variables") or {}
    size = sum(len(key) + len(text(value, environment)) for key, value in variables.items())
    yield "environment_bytes", size, "the size of its environment variables"


def _role(given: Mapping[str, Any], environment: str) -> Iterator[Used]:
    yield "role_name", len(text(given.get("RoleName"), environment)), "the length of RoleName"
    policies = sum(len(compact(policy.get("PolicyDocument"), environment)) for policy in given.get("Policies") or ())
    yield "role_policies_chars", policies, "the size of its inline policies"
    yield "managed_policies", len(given.get("ManagedPolicyArns") or ()), "the number of managed policies"
    trust = len(compact(given.get("AssumeRolePolicyDocument"), environment))
    yield "trust_policy_chars", trust, "the size of AssumeRolePolicyDocument"


def _log_group(given: Mapping[str, Any], environment: str) -> Iterator[Used]:
    yield "log_group_name", len(text(given.get("LogGroupName"), environment)), "the length of LogGroupName"


def _parameter(given: Mapping[str, Any], environment: str) -> Iterator[Used]:
    if given.get("Tier", "Standard") == "Standard":
        yield "parameter_value", len(text(given.get("Value"), environment).encode()), "the size of Value"
    yield "parameter_name", len(text(given.get("Name"), environment)), "the length of Name"


def _rest_api(given: Mapping[str, Any], environment: str) -> Iterator[Used]:
    del environment
    paths = (given.get("Body") or {}).get("paths") or {}
    steps = {tuple(path.strip("/").split("/")[:end]) for path in paths for end in range(1, path.count("/") + 1)}
    yield "rest_resources", len(steps), "the number of resources of its paths"
    for path, methods in paths.items():
        for method, operation in methods.items() if isinstance(methods, Mapping) else ():
            integration = operation.get("x-amazon-apigateway-integration") if isinstance(operation, Mapping) else None
            seconds = number((integration or {}).get("timeoutInMillis", 0)) / 1000
            yield "rest_seconds", seconds, f"the time-out of {method.upper()} {path} in seconds"


def _schema(given: Mapping[str, Any], environment: str) -> Iterator[Used]:
    yield "schema_version_bytes", len(text(given.get("Content"), environment).encode()), "the size of Content"


def _graphql_schema(given: Mapping[str, Any], environment: str) -> Iterator[Used]:
    yield "graphql_schema_bytes", len(text(given.get("Definition"), environment).encode()), "the size of Definition"


def _resolver(given: Mapping[str, Any], environment: str) -> Iterator[Used]:
    yield "resolver_code_chars", len(text(given.get("Code"), environment)), "the size of Code"


def _rule(given: Mapping[str, Any], environment: str) -> Iterator[Used]:
    targets = given.get("Targets") or ()
    yield "targets_per_rule", len(targets), "the number of targets"
    yield "event_pattern_chars", len(compact(given.get("EventPattern"), environment)), "the size of EventPattern"
    for target in targets if isinstance(targets, list) else ():
        policy = target.get("RetryPolicy") or {}
        yield "target_retry_seconds", number(policy.get("MaximumEventAgeInSeconds", 0)), "MaximumEventAgeInSeconds"
        yield "target_attempts", number(policy.get("MaximumRetryAttempts", 0)), "MaximumRetryAttempts"


def _mapping(given: Mapping[str, Any], environment: str) -> Iterator[Used]:
    del environment
    yield "stream_batch", number(given.get("BatchSize", 0)), "BatchSize"
    yield "batching_window", number(given.get("MaximumBatchingWindowInSeconds", 0)), "MaximumBatchingWindowInSeconds"
    yield "stream_record_age", number(given.get("MaximumRecordAgeInSeconds", 0)), "MaximumRecordAgeInSeconds"


def _invocations(given: Mapping[str, Any], environment: str) -> Iterator[Used]:
    del environment
    yield "async_attempts", number(given.get("MaximumRetryAttempts", 0)), "MaximumRetryAttempts"
    yield "async_age", number(given.get("MaximumEventAgeInSeconds", 0)), "MaximumEventAgeInSeconds"


def _queue(given: Mapping[str, Any], environment: str) -> Iterator[Used]:
    del environment
    yield "queue_visibility_seconds", number(given.get("VisibilityTimeout", 30)), "VisibilityTimeout"


def _table(given: Mapping[str, Any], environment: str) -> Iterator[Used]:
    del environment
    yield "table_indexes", len(given.get("GlobalSecondaryIndexes") or ()), "the number of global secondary indexes"


def _state_machine(given: Mapping[str, Any], environment: str) -> Iterator[Used]:
    yield "state_machine_name", len(text(given.get("StateMachineName"), environment)), "the length of StateMachineName"
    definition = given.get("DefinitionString") or given.get("Definition")
    yield "state_machine_bytes", len(text(definition, environment).encode()), "the size of its definition"


MEASURES: dict[str, Callable[[Mapping[str, Any], str], Iterator[Used]]] = {
    "AWS::Lambda::Function": _function,
    "AWS::IAM::Role": _role,
    "AWS::Logs::LogGroup": _log_group,
    "AWS::SSM::Parameter": _parameter,
    "AWS::ApiGateway::RestApi": _rest_api,
    "AWS::EventSchemas::Schema": _schema,
    "AWS::AppSync::GraphQLSchema": _graphql_schema,
    "AWS::AppSync::Resolver": _resolver,
    "AWS::AppSync::FunctionConfiguration": _resolver,
    "AWS::Events::Rule": _rule,
    "AWS::Lambda::EventSourceMapping": _mapping,
    "AWS::Lambda::EventInvokeConfig": _invocations,
    "AWS::SQS::Queue": _queue,
    "AWS::DynamoDB::Table": _table,
    "AWS::StepFunctions::StateMachine": _state_machine,
}


# --- limits between two resources ---


def _across(template: Template) -> Iterator[Use]:
    resources = template.resources
    functions = {
        name: each["Properties"] for name, each in resources.items() if each["Type"] == "AWS::Lambda::Function"
    }
    for place, quota, function in _callers(resources):
        if function in functions:
            yield function, quota, number(functions[function].get("Timeout", 3)), f"Timeout, called by {place},"
    for name, resource in resources.items():
        if resource["Type"] != "AWS::Lambda::EventSourceMapping":
            continue
        queue = resources.get(named(resource["Properties"].get("EventSourceArn"), resources), {})
        function = functions.get(_function_of(resource["Properties"].get("FunctionName"), resources), {})
        if queue.get("Type") == "AWS::SQS::Queue":
            yield name, *_visibility(queue.get("Properties") or {}, function)
    for function in functions:
        granted = [
            len(compact(each["Properties"], "")) + STATEMENT_CHARS
            for each in resources.values()
            if each["Type"] == "AWS::Lambda::Permission"
            and _function_of(each["Properties"].get("FunctionName"), resources) == function
        ]
        yield function, "function_policy_bytes", sum(granted), "the estimated size of its permissions"
    for name, resource in resources.items():
        if resource["Type"] == "AWS::WAFv2::WebACL":
            for limit in _rate_limits(resource["Properties"]):
                yield name, *_least_limit(limit, template.body.get("Parameters") or {})
    routes = sum(each["Type"] == "AWS::ApiGatewayV2::Route" for each in resources.values())
    yield "WebSocket routes", "websocket_routes", routes, "their number"


def _visibility(queue: Mapping[str, Any], function: Mapping[str, Any]) -> Used:
    """The quota is a lower limit here, so that what counts is how much of it is missing."""
    factor = quotas()["queue_visibility_factor"].value
    wanted = factor * number(function.get("Timeout", 3))
    missing = wanted - number(queue.get("VisibilityTimeout", 30))
    what = (
        f"VisibilityTimeout of its queue must be at least {factor:g} times the function's Timeout ({wanted:g}); the use"
    )
    return "queue_visibility_factor", factor if missing <= 0 else factor + missing, what


def _rate_limits(node: Any) -> Iterator[Any]:
    """The limit of each rate-based rule of a web ACL."""
    if isinstance(node, Mapping):
        if "RateBasedStatement" in node:
            yield node["RateBasedStatement"].get("Limit")
        node = list(node.values())
    for part in node if isinstance(node, list) else ():
        yield from _rate_limits(part)


def _least_limit(limit: Any, parameters: Mapping[str, Any]) -> Used:
    """The quota is a lower limit, as above. A parameter may be 0, which stands for no rule."""
    needed = int(quotas()["rate_limit"].value)
    parameter = parameters.get(named(limit, {}))
    small = [each for each in range(1, needed) if parameter and not refusal(parameter, str(each))]
    least = small[0] if small else needed if parameter else number(limit)
    what = f"the limit of a rate-based rule must be {needed} at least and may be {least:g}; the use"
    return "rate_limit", needed + max(0, needed - least), what


def _callers(resources: Mapping[str, Any]) -> Iterator[tuple[str, str, str]]:
    """(caller, quota of the time, logical id of the function that it waits for)."""
    websockets = {name for name, each in resources.items() if each["Type"] == "AWS::ApiGatewayV2::Api"}
    for resource in resources.values():
        given = resource.get("Properties") or {}
        if resource["Type"] == "AWS::Lambda::Permission":
            function = _function_of(given.get("FunctionName"), resources)
            if given.get("Principal") == "apigateway.amazonaws.com":
                is_websocket = any(f"${{{name}}}" in json.dumps(given.get("SourceArn")) for name in websockets)
                yield (
                    ("a WebSocket API", "websocket_seconds", function)
                    if is_websocket
                    else (
                        "a REST API",
                        "rest_seconds",
                        function,
                    )
                )
            if given.get("Principal") == "cognito-idp.amazonaws.com":
                yield "Cognito", "cognito_trigger_seconds", function
        elif resource["Type"] == "AWS::SSM::Parameter" and "/resolvers/" in text(given.get("Name"), ""):
            yield "AppSync", "graphql_seconds", _function_of(given.get("Value"), resources)


def _function_of(value: Any, resources: Mapping[str, Any]) -> str:
    """The logical id of the function that a value names, itself or by an alias."""
    name = named(value, resources)
    resource = resources.get(name, {})
    if resource.get("Type") == "AWS::Lambda::Alias":
        return named(resource["Properties"].get("FunctionName"), resources)
    return name
