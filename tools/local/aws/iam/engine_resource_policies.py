"""Resource policies of queues, topics and keys, evaluated for a service principal and its source."""

from collections.abc import Mapping
from typing import Any

from tools.local.engine.patching import core, service

MANAGED_KEY = "alias/aws/"
CLOUDWATCH = "cloudwatch.amazonaws.com"
EVENTBRIDGE = "events.amazonaws.com"
S3 = "s3.amazonaws.com"
SNS = "sns.amazonaws.com"
NAMES = {CLOUDWATCH: "CloudWatch", EVENTBRIDGE: "EventBridge", S3: "S3", SNS: "SNS"}


def queue_allows(queue: str, principal: str, source: str) -> bool:
    """Whether the policy of a queue lets a service send on behalf of `source`."""
    found = service("sqs").queue_policy_for_arn(queue)
    return found is not None and _allows(
        found[0], "sqs:SendMessage", queue, principal, _supplied(principal, source, to_topic=False)
    )


def topic_allows(topic: str, principal: str, source: str) -> bool:
    """Whether the policy of a topic lets a service publish. The default policy allows the account's users only."""
    found = service("sns").topic_policy_for_arn(topic)
    return found is not None and _allows(
        found[0], "sns:Publish", topic, principal, _supplied(principal, source, to_topic=True)
    )


def key_of_topic(topic: str) -> str:
    """The ARN of the customer-managed key of a topic, with which its publishers encrypt; empty if it has none.

    The AWS-managed key allows each principal of the account that may publish.
    """
    found = service("sns")._topic_by_arn_any_scope(topic)
    key = str((found or {}).get("attributes", {}).get("KmsMasterKeyId") or "")
    record = service("kms")._resolve_key(key) if key and MANAGED_KEY not in key else None
    return str(record["Arn"]) if record else ""


def key_problem(attributes: Mapping[str, Any] | None, principal: str, source: str) -> str:
    """Why the key of a queue or topic with these attributes does not let a service encrypt; empty when it does.

    An AWS-managed key allows no service.
    """
    key = str((attributes or {}).get("KmsMasterKeyId") or "")
    supplied = _supplied(principal, source, to_topic="TopicArn" in (attributes or {}))
    refused = key and not _key_allows(key, principal, supplied)
    return f"its key {key} does not allow {NAMES[principal]}" if refused else ""


def _key_allows(key: str, principal: str, supplied: Mapping[str, str]) -> bool:
    if MANAGED_KEY in key:
        return False
    record = service("kms")._resolve_key(key)
    if record is None:
        return False
    policy, arn = record.get("Policy") or "", str(record.get("Arn", "*"))
    wanted = ("kms:GenerateDataKey", "kms:Decrypt")
    return all(_allows(policy, action, arn, principal, supplied) for action in wanted)


def _supplied(principal: str, source: str, to_topic: bool) -> dict[str, str]:
    """The condition keys that a service sends. CloudWatch also sends the owner that default topic policies require.

    EventBridge sends none to a topic and its key (EventBridge User Guide, *Using resource-based policies for Amazon
    EventBridge*; SNS Developer Guide, *Managing Amazon SNS encryption keys and costs*).
    """
    if principal == EVENTBRIDGE and to_topic:
        return {}
    account = core("core.responses").get_account_id()
    owner = {"aws:sourceowner": account} if principal == CLOUDWATCH else {}
    return {"aws:sourcearn": source, "aws:sourceaccount": account, **owner}


def _allows(policy: Any, action: str, resource: str, principal: str, supplied: Mapping[str, str]) -> bool:
    if not policy:
        return False
    evaluator = core("core.iam_evaluator")
    context = evaluator.EvalContext(
        principal_arn="*",
        principal_type="Service",
        principal_account="",
        action=action,
        resource_arn=resource,
        region=core("core.responses").get_region(),
        service_context=dict(supplied),
    )
    return bool(evaluator.evaluate_resource_policy(policy, context, service=principal).decision == "Allow")
