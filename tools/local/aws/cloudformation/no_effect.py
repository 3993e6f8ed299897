"""Properties that the engine stores and returns, but that change nothing on a laptop.

Remove an entry when its property gets an effect. `ELSEWHERE` lists properties that are not read by their provisioner
but elsewhere.
"""

from collections.abc import Mapping, Sequence

UNREAD = "not read by the local cloud"

_AT_REST = "no encryption at rest here"
_TRACING = "no X-Ray here"
_SCALE = "one laptop, no capacity to reserve"
_BACKUP = "no backups here"

WITHOUT_EFFECT: dict[str, dict[str, str]] = {
    "AWS::ApiGateway::RestApi": {
        "EndpointConfiguration": "one endpoint, on this machine",
        "Parameters": "one endpoint, on this machine",
    },
    "AWS::ApiGateway::Stage": {
        "TracingEnabled": _TRACING,
        "MethodSettings": "no throttling, metrics or logs per method here",
        "AccessLogSetting": "no access logs here",
    },
    "AWS::ApiGatewayV2::Stage": {
        "DefaultRouteSettings": "no throttling, metrics or logs per route here",
        "RouteSettings": "no throttling, metrics or logs per route here",
        "AccessLogSettings": "no access logs here",
    },
    "AWS::AppSync::ApiCache": {
        "Type": _SCALE,
        "AtRestEncryptionEnabled": _AT_REST,
        "TransitEncryptionEnabled": "the cache is a part of this process",
        "HealthMetricsConfig": "no metrics of the cache here",
    },
    "AWS::AppSync::GraphQLApi": {
        "XrayEnabled": _TRACING,
        "LogConfig": "AppSync logs nothing here",
        "EnhancedMetricsConfig": "no metrics of resolvers here",
    },
    "AWS::CloudFront::Distribution": {
        "DistributionConfig.Aliases": "one address, 127.0.0.1",
        "DistributionConfig.Comment": "no effect on AWS either",
        "DistributionConfig.HttpVersion": "HTTP/1.1 and HTTP/2 here",
        "DistributionConfig.IPV6Enabled": "one address, 127.0.0.1",
        "DistributionConfig.Logging": "no access logs here",
        "DistributionConfig.PriceClass": _SCALE,
        "DistributionConfig.ViewerCertificate": "the certificate of this cloud",
        "DistributionConfig.WebACLId": "no firewall here",
    },
    "AWS::Cognito::UserPool": {
        "UserPoolAddOns": "no threat protection here",
        "EmailConfiguration": "no mail leaves the laptop",
        "SmsConfiguration": "no message leaves the laptop",
    },
    "AWS::DynamoDB::Table": {
        "PointInTimeRecoverySpecification": _BACKUP,
        "SSESpecification": _AT_REST,
        "ProvisionedThroughput": _SCALE,
        "OnDemandThroughput": _SCALE,
        "WarmThroughput": _SCALE,
        "GlobalSecondaryIndexes.WarmThroughput": _SCALE,
        "GlobalSecondaryIndexes.ProvisionedThroughput": _SCALE,
        "TableClass": _SCALE,
        "ContributorInsightsSpecification": "no insights here",
        "KinesisStreamSpecification": "streams to Kinesis are not delivered here",
    },
    "AWS::Events::Archive": {"KmsKeyIdentifier": _AT_REST},
    "AWS::Events::EventBus": {"KmsKeyIdentifier": _AT_REST, "LogConfig": "no bus logs here"},
    "AWS::KMS::Key": {"EnableKeyRotation": "keys are not rotated here"},
    "AWS::Lambda::Function": {
        "Architectures": "functions run on this machine's architecture",
        "EphemeralStorage": "temporary files are not limited here",
        "KmsKeyArn": _AT_REST,
        "MemorySize": "memory is not limited here",
        "Runtime": "functions run on the Python of the checkout",
        "RuntimeManagementConfig": "functions run on the Python of the checkout",
        "SnapStart": "no snapshots here",
        "TracingConfig": _TRACING,
        "VpcConfig": "no networks here",
    },
    "AWS::Lambda::EventSourceMapping": {
        "ParallelizationFactor": "a stream has one batch at a time here",
        "TumblingWindowInSeconds": "no tumbling windows here",
    },
    "AWS::Lambda::Alias": {"ProvisionedConcurrencyConfig": _SCALE},
    "AWS::Logs::LogGroup": {
        "RetentionInDays": "logs are kept as long as the state",
        "KmsKeyId": _AT_REST,
        "LogGroupClass": _SCALE,
    },
    "AWS::S3::Bucket": {
        "BucketEncryption": _AT_REST,
        "IntelligentTieringConfigurations": _SCALE,
        "LifecycleConfiguration": "objects do not expire here",
    },
    "AWS::SecretsManager::Secret": {"KmsKeyId": _AT_REST},
    "AWS::SES::EmailIdentity": {
        "ConfigurationSetAttributes": "no mail leaves the laptop",
        "DkimAttributes": "no mail leaves the laptop",
        "DkimSigningAttributes": "no mail leaves the laptop",
        "FeedbackAttributes": "no mail leaves the laptop, so none bounces",
        "MailFromAttributes": "no mail leaves the laptop",
    },
    "AWS::SNS::Topic": {
        "TracingConfig": _TRACING,
        "DeliveryStatusLogging": "no delivery logs here",
    },
    "AWS::SQS::Queue": {
        "SqsManagedSseEnabled": _AT_REST,
        "KmsMasterKeyId": _AT_REST,
        "KmsDataKeyReusePeriodSeconds": _AT_REST,
    },
    "AWS::StepFunctions::StateMachine": {
        "TracingConfiguration": _TRACING,
        "LoggingConfiguration": "no execution logs here",
    },
}

# The import of REST APIs reads OpenAPI documents, and has its own checks.
ELSEWHERE = (("AWS::ApiGateway::RestApi", "Body"),)


def is_honoured_elsewhere(type_name: str, path: str) -> bool:
    return any(of == type_name and f"{path}.".startswith(f"{known}.") for of, known in ELSEWHERE)


# The metrics of services that CloudWatch gets here. An alarm on another AWS metric can be created, but never gets data.
MEASURED = {
    "AWS/ApiGateway": ("4XXError", "5XXError", "Count", "Latency"),
    "AWS/AppSync": ("4XXError", "5XXError", "Latency"),
    "AWS/Events": ("FailedInvocations", "Invocations", "InvocationsFailedToBeSentToDlq", "InvocationsSentToDlq"),
    "AWS/Lambda": ("Duration", "Errors", "Invocations", "IteratorAge", "Throttles"),
    "AWS/SQS": (
        "ApproximateAgeOfOldestMessage",
        "ApproximateNumberOfMessagesDelayed",
        "ApproximateNumberOfMessagesNotVisible",
        "ApproximateNumberOfMessagesVisible",
    ),
    "AWS/States": (
        "ExecutionTime",
        "ExecutionsAborted",
        "ExecutionsFailed",
        "ExecutionsStarted",
        "ExecutionsSucceeded",
        "ExecutionsTimedOut",
    ),
}
_UNMEASURED = "MetricName "


_OF_A_QUEUE = " (of a queue)"
_VERIFICATION = "verification of EmailIdentity"


def values_without_effect(type_name: str, texts: Mapping[str, str], requested: Sequence[str] = ()) -> list[str]:
    """The values of a resource's properties that have no effect here."""
    if type_name == "AWS::Lambda::EventSourceMapping" and ":sqs:" in texts.get("EventSourceArn", ""):
        return [name + _OF_A_QUEUE for name in requested if name == "MaximumBatchingWindowInSeconds"]
    if type_name == "AWS::SES::EmailIdentity":
        return [_VERIFICATION]
    namespace, metric = texts.get("Namespace", ""), texts.get("MetricName", "")
    measured = metric in MEASURED.get(namespace, ())
    if type_name == "AWS::CloudWatch::Alarm" and namespace.startswith("AWS/") and not measured:
        return [f"{_UNMEASURED}{namespace} {metric}"]
    return []


def why_without_effect(type_name: str, path: str) -> str:
    """The reason why a property has no effect; empty for one that works."""
    if path.startswith(_UNMEASURED):
        return "not measured here: the alarm has no data"
    if path.endswith(_OF_A_QUEUE):
        return "a queue is read without a window here, ten messages at most"
    if path == _VERIFICATION:
        return "an identity is verified at once here; on AWS, DNS or the owner of the address must confirm it"
    return WITHOUT_EFFECT.get(type_name, {}).get(path, "")
