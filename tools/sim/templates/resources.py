"""What each type of resource is for the simulator: its `Ref` and attributes, and its place in the blueprint.

A type is simulated, or without_effect.py has the reason why it has no effect here. Anything else, and a property that a
simulated type does not know, stops the simulator with its name.
"""

import json
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from tools.sim.aws_seam import ACCOUNT, REGION
from tools.sim.dynamodb.table import Index, Keys, Schema
from tools.sim.not_simulated import NotSimulated
from tools.sim.templates import appsync
from tools.sim.templates.arns import arn, machine_arn
from tools.sim.templates.blueprint import (
    Blueprint,
    Function,
    Queue,
    Role,
    Rule,
    Schedule,
    Source,
)

Properties = Mapping[str, Any]
MANAGED = ("AWSLambdaBasicExecutionRole", "AWSXrayWriteOnlyAccess")


class Kind:
    """One type of resource: its known properties, `Ref`, attributes, and what it adds."""

    def __init__(
        self,
        known: str,
        ref: Callable[[str, Properties], str],
        attributes: Mapping[str, Callable[[str, Properties], str]] | None = None,
        add: Callable[[Blueprint, str, Properties, str], None] | None = None,
    ) -> None:
        self.known, self.ref, self.add = frozenset(known.split()), ref, add
        self.attributes = dict(attributes or {})


def _named(service: str, prefix: str = "", name: str = "") -> Callable[[str, Properties], str]:
    return lambda own, properties: arn(service, f"{prefix}{properties.get(name, own) if name else own}")


def _name(name: str) -> Callable[[str, Properties], str]:
    return lambda own, properties: str(properties.get(name, own))


def queue_url(own: str, _: Properties) -> str:
    return f"https://sqs.{REGION}.amazonaws.com/{ACCOUNT}/{own}"


# --- what is added to the blueprint ---


def _table(blueprint: Blueprint, own: str, properties: Properties, _service: str) -> None:
    types = {each["AttributeName"]: each["AttributeType"] for each in properties["AttributeDefinitions"]}
    indexes = {}
    for each in properties.get("GlobalSecondaryIndexes", ()):
        projection = each["Projection"]
        kinds = {
            "ALL": None,
            "KEYS_ONLY": frozenset[str](),
            "INCLUDE": frozenset(projection.get("NonKeyAttributes", ())),
        }
        indexes[each["IndexName"]] = Index(_keys(each["KeySchema"]), kinds[projection["ProjectionType"]])
    stream = properties.get("StreamSpecification")
    if stream and stream["StreamViewType"] != "NEW_AND_OLD_IMAGES":
        raise NotSimulated(f"{own}: StreamViewType {stream['StreamViewType']}")
    blueprint.tables[own] = Schema(
        name=own,
        arn=arn("dynamodb", f"table/{own}"),
        keys=_keys(properties["KeySchema"]),
        types=types,
        indexes=indexes,
        stream_arn=arn("dynamodb", f"table/{own}/stream/now") if stream else "",
        expires=(properties.get("TimeToLiveSpecification") or {}).get("AttributeName", ""),
    )


def _keys(schema: Any) -> Keys:
    by_type = {each["KeyType"]: each["AttributeName"] for each in schema}
    return Keys(by_type["HASH"], by_type.get("RANGE", ""))


def _queue(blueprint: Blueprint, own: str, properties: Properties, _service: str) -> None:
    redrive = properties.get("RedrivePolicy") or {}
    made = Queue(
        name=own,
        arn=arn("sqs", own),
        url=queue_url(own, {}),
        visibility=float(properties.get("VisibilityTimeout", 30)),
        retention=float(properties.get("MessageRetentionPeriod", 345600)),
        dead_letters=redrive.get("deadLetterTargetArn", ""),
        max_receive_count=int(redrive.get("maxReceiveCount", 0)),
    )
    blueprint.queues[made.arn] = made


def _queue_policy(blueprint: Blueprint, _own: str, properties: Properties, _service: str) -> None:
    for url in properties["Queues"]:
        place = arn("sqs", url.rpartition("/")[2])
        before = blueprint.queues[place]
        policies = (*before.policies, properties["PolicyDocument"])
        blueprint.queues[place] = Queue(**{**vars(before), "policies": policies})


def _role(_blueprint: Blueprint, own: str, properties: Properties, _service: str) -> None:
    for managed in properties.get("ManagedPolicyArns", ()):
        if managed.rpartition("/")[2] not in MANAGED:
            raise NotSimulated(f"{own}: the managed policy {managed}")


def role_of(own: str, properties: Properties) -> Role:
    documents = tuple(each["PolicyDocument"] for each in properties.get("Policies", ()))
    return Role(arn("iam", f"role/{own}"), documents, frozenset(_trusted(properties["AssumeRolePolicyDocument"])))


def _trusted(policy: Mapping[str, Any]) -> Iterator[str]:
    for statement in policy["Statement"]:
        if statement["Effect"] == "Allow" and "sts:AssumeRole" in statement["Action"]:
            services = (statement.get("Principal") or {}).get("Service", ())
            yield from (services,) if isinstance(services, str) else services


def _permission(blueprint: Blueprint, own: str, properties: Properties, _service: str) -> None:
    if properties["Action"] != "lambda:InvokeFunction":
        raise NotSimulated(f"{own}: Action {properties['Action']}")
    blueprint.grants.append((properties["FunctionName"], properties["Principal"], properties.get("SourceArn", "*")))


def _invoke_config(blueprint: Blueprint, own: str, properties: Properties, _service: str) -> None:
    destinations = properties.get("DestinationConfig") or {}
    if set(destinations) - {"OnFailure"}:
        raise NotSimulated(f"{own}: DestinationConfig {sorted(destinations)}")
    function = blueprint.functions[arn("lambda", f"function:{properties['FunctionName']}")]
    changed = {
        "retries": int(properties.get("MaximumRetryAttempts", 2)),
        "event_age": float(properties.get("MaximumEventAgeInSeconds", 21600)),
        "on_failure": (destinations.get("OnFailure") or {}).get("Destination", ""),
    }
    blueprint.functions[function.arn] = Function(**{**vars(function), **changed})


def _mapping(blueprint: Blueprint, own: str, properties: Properties, _service: str) -> None:
    types = properties.get("FunctionResponseTypes", [])
    filters = (properties.get("FilterCriteria") or {}).get("Filters", [])
    scaling = properties.get("ScalingConfig") or {}
    blueprint.sources.append(
        Source(
            id=own,
            source_arn=properties["EventSourceArn"],
            function_arn=properties["FunctionName"],
            batch_size=int(properties.get("BatchSize", 10)),
            partial="ReportBatchItemFailures" in types,
            retries=int(properties.get("MaximumRetryAttempts", -1)),
            record_age=float(properties.get("MaximumRecordAgeInSeconds", -1)),
            window=float(properties.get("MaximumBatchingWindowInSeconds", 0)),
            bisect=bool(properties.get("BisectBatchOnFunctionError", False)),
            lanes=int(properties.get("ParallelizationFactor", 1)),
            concurrency=int(scaling.get("MaximumConcurrency", 1000)),
            filters=tuple(each["Pattern"] for each in filters),
            on_failure=((properties.get("DestinationConfig") or {}).get("OnFailure") or {}).get("Destination", ""),
        )
    )


def rule_arn(own: str, properties: Properties) -> str:
    bus, name = properties.get("EventBusName", "default"), properties.get("Name", own)
    return arn("events", f"rule/{name}" if bus == "default" else f"rule/{bus}/{name}")


def _rule(blueprint: Blueprint, own: str, properties: Properties, service: str) -> None:
    targets = tuple(properties["Targets"])
    for target in targets:
        if unknown := set(target) - {"Arn", "Id", "DeadLetterConfig", "RetryPolicy"}:
            raise NotSimulated(f"{own}: a target with {sorted(unknown)}")
    if "ScheduleExpression" in properties:
        place = rule_arn(own, properties)
        blueprint.schedules.append(Schedule(place, seconds_of(properties["ScheduleExpression"]), targets))
        return
    blueprint.rules.append(
        Rule(
            service=service,
            arn=rule_arn(own, properties),
            bus=properties.get("EventBusName", "default"),
            pattern=json.dumps(properties["EventPattern"]),
            targets=targets,
        )
    )


def seconds_of(expression: str) -> float:
    """The seconds of `rate(5 minutes)`. Raises NotSimulated for another schedule."""
    words = expression.removeprefix("rate(").removesuffix(")").split()
    units = {"minute": 60.0, "hour": 3600.0, "day": 86400.0}
    if not expression.startswith("rate(") or words[1].rstrip("s") not in units:
        raise NotSimulated(f"the schedule {expression}")
    return float(words[0]) * units[words[1].rstrip("s")]


def _bucket(blueprint: Blueprint, own: str, properties: Properties, _service: str) -> None:
    told = (properties.get("NotificationConfiguration") or {}).get("EventBridgeConfiguration") or {}
    blueprint.buckets[own] = str(told.get("EventBridgeEnabled", False)).lower() == "true"


def _secret(blueprint: Blueprint, own: str, _properties: Properties, _service: str) -> None:
    blueprint.secrets[arn("secretsmanager", f"secret:{own}")] = f"secret of {own}"


def _parameter(blueprint: Blueprint, _own: str, properties: Properties, _service: str) -> None:
    blueprint.parameters[properties["Name"]] = str(properties["Value"])


KINDS: dict[str, Kind] = {
    "AWS::DynamoDB::Table": Kind(
        "AttributeDefinitions BillingMode DeletionProtectionEnabled GlobalSecondaryIndexes KeySchema "
        "PointInTimeRecoverySpecification SSESpecification StreamSpecification TimeToLiveSpecification WarmThroughput",
        lambda own, _: own,
        {"Arn": _named("dynamodb", "table/"), "StreamArn": lambda own, _: arn("dynamodb", f"table/{own}/stream/now")},
        _table,
    ),
    "AWS::SQS::Queue": Kind(
        "MessageRetentionPeriod RedrivePolicy SqsManagedSseEnabled VisibilityTimeout",
        queue_url,
        {"Arn": _named("sqs"), "QueueName": lambda own, _: own, "QueueUrl": queue_url},
        _queue,
    ),
    "AWS::SQS::QueuePolicy": Kind("PolicyDocument Queues", lambda own, _: own, None, _queue_policy),
    "AWS::IAM::Role": Kind(
        "AssumeRolePolicyDocument ManagedPolicyArns Path Policies Tags",
        lambda own, _: own,
        {"Arn": _named("iam", "role/")},
        _role,
    ),
    "AWS::Lambda::Permission": Kind("Action FunctionName Principal SourceArn", lambda own, _: own, None, _permission),
    "AWS::Lambda::EventInvokeConfig": Kind(
        "DestinationConfig FunctionName MaximumEventAgeInSeconds MaximumRetryAttempts Qualifier",
        lambda own, _: own,
        None,
        _invoke_config,
    ),
    "AWS::Lambda::EventSourceMapping": Kind(
        "BatchSize BisectBatchOnFunctionError DestinationConfig EventSourceArn FilterCriteria FunctionName "
        "FunctionResponseTypes MaximumBatchingWindowInSeconds MaximumRecordAgeInSeconds MaximumRetryAttempts "
        "ParallelizationFactor ScalingConfig StartingPosition",
        lambda own, _: own,
        None,
        _mapping,
    ),
    "AWS::Events::Rule": Kind(
        "Description EventBusName EventPattern Name ScheduleExpression Targets",
        _name("Name"),
        {"Arn": rule_arn},
        _rule,
    ),
    "AWS::Events::EventBus": Kind(
        "Name", _name("Name"), {"Arn": _named("events", "event-bus/", "Name"), "Name": _name("Name")}
    ),
    "AWS::StepFunctions::StateMachine": Kind("", machine_arn, {"Arn": machine_arn, "Name": _name("StateMachineName")}),
    "AWS::S3::Bucket": Kind(
        "BucketEncryption LifecycleConfiguration NotificationConfiguration OwnershipControls "
        "PublicAccessBlockConfiguration",
        lambda own, _: own,
        {"Arn": lambda own, _: f"arn:aws:s3:::{own}"},
        _bucket,
    ),
    "AWS::SecretsManager::Secret": Kind(
        "Description GenerateSecretString", _named("secretsmanager", "secret:"), None, _secret
    ),
    # Only of a service of which nothing but the names is used: its properties are not read.
    "AWS::Cognito::UserPool": Kind("", lambda own, _: own, {"Arn": _named("cognito-idp", "userpool/")}),
    "AWS::SES::EmailIdentity": Kind("DkimAttributes EmailIdentity", _name("EmailIdentity")),
    "AWS::SSM::Parameter": Kind("Name Type Value", _name("Name"), None, _parameter),
    "AWS::AppSync::GraphQLApi": Kind(
        "AdditionalAuthenticationProviders AuthenticationType IntrospectionConfig LogConfig Name QueryDepthLimit "
        "ResolverCountLimit XrayEnabled",
        _named("appsync", "apis/"),
        {
            "ApiId": lambda own, _: own,
            "Arn": _named("appsync", "apis/"),
            "GraphQLUrl": lambda own, _: f"https://{own}.appsync-api.{REGION}.amazonaws.com/graphql",
        },
        appsync.add_api,
    ),
    "AWS::AppSync::GraphQLSchema": Kind("ApiId Definition", lambda own, _: own, None, appsync.add_schema),
}
