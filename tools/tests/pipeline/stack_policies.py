"""The policy of a stack role as IAM gets it, and what the local cloud's IAM decides by it about resources."""

import functools
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from tools import ROOT
from tools.check.rules.aws.transformed import Template, of_service
from tools.local.aws.iam.engine_roles import policy_decision
from tools.pipeline import rights
from tools.pipeline.calls import called_functions
from tools.project.services import CONSUMED, discover

ENVIRONMENT, REGION, ACCOUNT = "staging", "eu-west-1", "111122223333"
VALUES = {
    "AWS::Partition": "aws",
    "AWS::Region": REGION,
    "AWS::AccountId": ACCOUNT,
    "Environment": ENVIRONMENT,
    "Bucket": f"ecommerce-dev-pipeline-{ACCOUNT}",
    "KeyArn": f"arn:aws:kms:{REGION}:{ACCOUNT}:key/11111111-2222-3333-4444-555555555555",
}
# CloudFormation ends the names that it gives with such a text.
RANDOM = "1A2B3C4D5E6F"
# Type -> the longest name that CloudFormation gives; it shortens the name of the stack and the logical id.
LONGEST = {"AWS::Events::Rule": 64, "AWS::IAM::Role": 64, "AWS::S3::Bucket": 63, "AWS::SQS::Queue": 80}
BUS = f"ecommerce-{ENVIRONMENT}"

# Type -> property with its name, what stands before the name in the ARN, and the action that deletes the resource.
KINDS = {
    "AWS::CloudFormation::Stack": ("", "cloudformation:{}:stack/", "cloudformation:DeleteStack"),
    "AWS::CloudWatch::Alarm": ("AlarmName", "cloudwatch:{}:alarm:", "cloudwatch:DeleteAlarms"),
    "AWS::CodeDeploy::Application": ("ApplicationName", "codedeploy:{}:application:", "codedeploy:DeleteApplication"),
    "AWS::DynamoDB::Table": ("TableName", "dynamodb:{}:table/", "dynamodb:DeleteTable"),
    "AWS::EventSchemas::Schema": ("SchemaName", "schemas:{}:schema/" + BUS + "/", "schemas:DeleteSchema"),
    "AWS::Events::Rule": ("Name", "events:{}:rule/", "events:DeleteRule"),
    "AWS::IAM::Role": ("RoleName", "iam::" + ACCOUNT + ":role", "iam:UpdateAssumeRolePolicy"),
    "AWS::Lambda::Function": ("FunctionName", "lambda:{}:function:", "lambda:UpdateFunctionCode"),
    "AWS::Logs::LogGroup": ("LogGroupName", "logs:{}:log-group:", "logs:DeleteLogGroup"),
    "AWS::S3::Bucket": ("BucketName", "s3:::", "s3:DeleteBucket"),
    "AWS::SNS::Topic": ("TopicName", "sns:{}:", "sns:DeleteTopic"),
    "AWS::SQS::Queue": ("QueueName", "sqs:{}:", "sqs:DeleteQueue"),
    "AWS::SSM::Parameter": ("Name", "ssm:{}:parameter", "ssm:PutParameter"),
}
# Type -> ARN of a resource whose id AWS chooses, as functions of other services get it.
CHOSEN = {
    "AWS::AppSync::GraphQLApi": "arn:aws:appsync:{}:apis/1a2b3c4d5e6f",
    "AWS::Cognito::UserPool": "arn:aws:cognito-idp:{}:userpool/eu-west-1_1A2b3C4d5",
    "AWS::Events::EventBus": "arn:aws:events:{}:event-bus/" + BUS,
    "AWS::SecretsManager::Secret": "arn:aws:secretsmanager:{}:secret:" + RANDOM,
}


@dataclass(frozen=True)
class Owned:
    """A resource of a service's template, and an action that deletes it or changes what it does."""

    kind: str
    arn: str
    action: str
    logical: str = ""

    @property
    def namespace(self) -> str:
        return self.action.partition(":")[0]


def resolved(value: Any, values: Mapping[str, str]) -> Any:
    """The value with `Fn::Sub` and `Ref` to these values replaced."""
    if isinstance(value, Mapping):
        if "Fn::Sub" in value:
            text, own = value["Fn::Sub"] if isinstance(value["Fn::Sub"], list) else (value["Fn::Sub"], {})
            # An attribute of another resource, such as the id of an API, is a text that AWS chooses.
            known = {**values, **dict.fromkeys(own, "1")}
            return re.sub(r"\$\{([^}]+)\}", lambda found: known.get(found[1], RANDOM.lower()), text)
        if "Ref" in value and value["Ref"] in values:
            return values[value["Ref"]]
        return {key: resolved(each, values) for key, each in value.items()}
    return [resolved(each, values) for each in value] if isinstance(value, list) else value


@functools.cache
def _template(service: str) -> dict[str, Any]:
    others, types = rights.neighbours(service, discover()), rights.types_of(service)
    roles = rights.template(service, types, others)
    actions, functions = rights.actions_of_roles(service), called_functions(service)
    limits = rights.boundary_template(service, types, actions, others, functions)
    found: dict[str, Any] = resolved({**roles["Resources"], **limits["Resources"]}, {**VALUES, "Service": service})
    return found


def policy(service: str) -> dict[str, Any]:
    """The policy of the stack role of a service in `staging`."""
    found: dict[str, Any] = _template(service)["StackRole"]["Properties"]["Policies"][0]["PolicyDocument"]
    return found


def boundary(service: str) -> str:
    """The ARN of the permissions boundary of the service's roles."""
    return f"arn:aws:iam::{ACCOUNT}:policy/ecommerce-{ENVIRONMENT}-pipeline-{service}-boundary"


def decision(service: str, action: str, arn: str, **keys: str) -> str:
    """What IAM decides when the stack role of the service asks: Allow, Deny, or ImplicitDeny. `keys` are condition keys
    of IAM."""
    role = f"arn:aws:iam::{ACCOUNT}:role/ecommerce-{ENVIRONMENT}-pipeline-{service}-stack"
    return policy_decision(policy(service), role, action, arn, {f"iam:{name}": value for name, value in keys.items()})


def boundary_decision(service: str, action: str, arn: str, source: str = "") -> str:
    """What the boundary decides when a role of the service's stack asks, for events from `source`."""
    document = _template(service)["Boundary"]["Properties"]["PolicyDocument"]
    keys = {"events:source": source} if source else {}
    return policy_decision(document, role_of(service), action, arn, keys)


def role_of(service: str) -> str:
    """The ARN of a role that the service's stack makes."""
    path = f"ecommerce/{ENVIRONMENT}/{service}"
    return f"arn:aws:iam::{ACCOUNT}:role/{path}/ecommerce-{ENVIRONMENT}-{service}-FnRole-{RANDOM}"


@functools.cache
def allowed_actions(service: str) -> frozenset[str]:
    statements = policy(service)["Statement"]
    return frozenset(each for statement in statements if statement["Effect"] == "Allow" for each in statement["Action"])


@functools.cache
def limited_actions(service: str) -> frozenset[str]:
    """One action of each statement about a namespace. All actions of a statement are allowed on the same resources."""
    statements = [
        each for each in policy(service)["Statement"] if each["Effect"] == "Allow" and each["Resource"] != "*"
    ]
    assert all(len({action.partition(":")[0] for action in each["Action"]}) == 1 for each in statements)
    return frozenset(each["Action"][0] for each in statements)


@functools.cache
def owned(service: str) -> tuple[Owned, ...]:
    """The resources of the service whose ARNs can be foreseen, with those of its nested stacks."""
    found = [each for template in of_service(ROOT, service) for each in _of_template(service, template)]
    return tuple(dict.fromkeys(found))


def given_name(kind: str, stack: str, logical: str) -> str:
    """The name of a resource without one in the template. Where it would be too long, what is longer than half is
    shortened: the name of the stack, the logical id, or both."""
    room = LONGEST.get(kind, 255) - len(RANDOM) - 2
    half = room // 2
    if len(stack) + len(logical) > room:
        stack, logical = stack[: max(half, room - len(logical))], logical[: max(half, room - len(stack))]
    return f"{stack}-{logical}-{RANDOM}"


def _of_template(service: str, template: Template) -> Iterator[Owned]:
    stack = f"ecommerce-{ENVIRONMENT}-{service}"
    if not template.file.startswith(service):
        stack += f"-DeadLetters-{RANDOM}"
    values = {**VALUES, "Service": service}
    for logical, resource in template.resources.items():
        if resource["Type"] in KINDS:
            name_property, start, action = KINDS[resource["Type"]]
            properties = resource.get("Properties") or {}
            name = resolved(properties.get(name_property), values) or given_name(resource["Type"], stack, logical)
            assert isinstance(name, str), f"{service}: the name of {logical} is {name}"
            if resource["Type"] == "AWS::Events::Rule" and properties.get("EventBusName"):
                name = f"{BUS}/{name}"
            if resource["Type"] == "AWS::IAM::Role":
                name = f"{resolved(properties['Path'], values)}{name}"
            if resource["Type"] == "AWS::S3::Bucket":
                name = name.lower()
            if resource["Type"] == "AWS::CloudFormation::Stack":
                name += "/11111111-2222-3333-4444-555555555555"
            yield Owned(resource["Type"], f"arn:aws:{start.format(f'{REGION}:{ACCOUNT}')}{name}", action, logical)


def arns_of(service: str, template: Template, place: Any) -> list[str]:
    """The ARN that a resource in a policy of the template names, if it can be foreseen: of a resource of the template,
    or of what another service publishes in an SSM parameter that the template takes."""
    kind, named = next(iter(place.items())) if isinstance(place, Mapping) else ("", place)
    if kind == "Fn::Sub" and isinstance(named, str):
        return [_substituted(service, template, named)]
    logical, attribute = (named[0], ".".join(named[1:])) if kind == "Fn::GetAtt" else (named, "Arn")
    if attribute != "Arn":
        return _output(service, attribute.removeprefix("Outputs."))
    if kind == "Ref" and (name := taken(template, logical)):
        return [published(name)]
    resource = template.resources.get(logical) if kind in ("Ref", "Fn::GetAtt") else None
    if resource is None:
        return []
    if resource["Type"] == "AWS::Lambda::Alias":
        return [f"{arn}:live" for arn in arns_of(service, template, resource["Properties"]["FunctionName"])]
    if resource["Type"] in CHOSEN:
        return [CHOSEN[resource["Type"]].format(f"{REGION}:{ACCOUNT}")]
    return [each.arn for each in _of_template(service, template) if each.logical == logical]


def _output(service: str, name: str) -> list[str]:
    """What a nested stack of the service has as its output of this name."""
    bodies = [template for template in of_service(ROOT, service) if name in (template.body.get("Outputs") or {})]
    return [arn for template in bodies for arn in arns_of(service, template, template.body["Outputs"][name]["Value"])]


def taken(template: Template, parameter: str) -> str:
    """The name of the SSM parameter of another service that this parameter of the template takes; or empty."""
    default = str((template.body.get("Parameters") or {}).get(parameter, {}).get("Default", ""))
    return default if CONSUMED.fullmatch(default) else ""


def published(name: str) -> str:
    """What the template of another service publishes under this name, with `{Environment}`: an ARN or a name."""
    match = CONSUMED.fullmatch(name)
    assert match, name
    for template in of_service(ROOT, match["service"]):
        for resource in template.resources.values():
            properties = resource.get("Properties") or {}
            if properties.get("Name") == {"Fn::Sub": name.replace("{Environment}", "${Environment}")}:
                (arn,) = arns_of(match["service"], template, properties["Value"])
                return arn if name.endswith("/arn") else arn.rpartition("/")[2]
    raise AssertionError(f"no template publishes {name}")


def _substituted(service: str, template: Template, text: str) -> str:
    """The text of `Fn::Sub` with resources of the template, and with what other services publish."""

    def value(found: re.Match[str]) -> str:
        if name := taken(template, found[1]):
            return published(name)
        logical, _, attribute = found[1].partition(".")
        arns = arns_of(service, template, {"Fn::GetAtt": [logical, attribute]}) if attribute else []
        return arns[0] if arns else found[0]

    text = re.sub(r"\$\{([^}]+)\}", value, text)
    return str(resolved({"Fn::Sub": text}, {**VALUES, "Service": service}))
