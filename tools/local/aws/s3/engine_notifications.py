"""Notifications of buckets, delivered as the other accepted work is: none is lost when the cloud is killed."""

from collections.abc import Mapping
from typing import Any

from tools.local.aws.iam.engine_resource_policies import key_problem, queue_allows, topic_allows
from tools.local.delivery import engine_delivery, engine_work
from tools.local.engine.patching import core, patch, service
from tools.local.home import ACCOUNT, REGION

KIND = "notification of a bucket"
AT_ONCE = 4  # S3 promises no order


def _work(state: engine_work.State) -> None:
    with core("core.responses").request_scope(ACCOUNT, REGION):
        core("services.s3")._fire_s3_event(**state)


engine_work.register(KIND, lambda state: f"bucket {state['bucket_name']}", AT_ONCE, _work)


@patch
def notifications_survive_a_kill() -> None:
    """S3 delivers each notification at least once. The engine delivers it in a thread of its own, which a kill ends:
    the object is stored, and its notification lost."""
    s3 = core("services.s3")

    def accept(bucket_name: str, key: str, event_name: str, **about: Any) -> None:
        if bucket_name not in s3._bucket_notifications:
            return
        state = {"bucket_name": bucket_name, "key": key, "event_name": event_name, **about}
        state["sequencer"] = s3._next_event_sequencer(event_name)
        engine_work.accept(engine_delivery.new_id(), KIND, state)

    s3._fire_s3_event_async = accept


@patch
def topics_and_queues_admit_their_senders_alone() -> None:
    """S3 publishes to a topic, and SNS sends to a queue, only if the policy names them, and only if the key of an
    encrypted one does. The engine lets S3 publish by the default policy of a topic, which on AWS admits the owner's
    principals alone, and looks at no key.

    https://docs.aws.amazon.com/AmazonS3/latest/userguide/grant-destinations-permissions-to-s3.html
    https://docs.aws.amazon.com/sns/latest/dg/subscribe-sqs-queue-to-sns-topic.html
    """
    sns, sqs = core("services.sns"), core("services.sqs")

    def topic_policy_allows(topic: str, principal: str, source: str, _account: str) -> bool:
        found = service("sns")._topic_by_arn_any_scope(topic)
        attributes = found.get("attributes") if found else None
        return topic_allows(topic, principal, source) and not key_problem(attributes, principal, source)

    def queue_policy_allows(queue: str, principal: str, source: str, _account: str) -> bool:
        found = service("sqs")._queue_by_arn(queue)
        attributes = found["attributes"] if found else None
        return queue_allows(queue, principal, source) and not key_problem(attributes, principal, source)

    sns.topic_policy_allows = topic_policy_allows
    sqs.queue_policy_allows = queue_policy_allows


@patch
def topics_of_stacks_keep_their_key() -> None:
    """The key of a topic decides which services may publish to it. The engine's CloudFormation drops it."""
    table = core("services.cloudformation.provisioners")._RESOURCE_HANDLERS["AWS::SNS::Topic"]
    create, update = table["create"], table["update"]

    def keep(topic: str, properties: Mapping[str, Any]) -> None:
        attributes = service("sns")._topics[topic]["attributes"]
        key = properties.get("KmsMasterKeyId")
        attributes.pop("KmsMasterKeyId", None)
        if key:
            attributes["KmsMasterKeyId"] = key

    def created(logical_id: str, properties: Mapping[str, Any], stack: str) -> Any:
        made = create(logical_id, properties, stack)
        keep(made[0], properties)
        return made

    def updated(physical_id: str, old: Any, new: Mapping[str, Any], stack: str, *rest: Any, **more: Any) -> Any:
        made = update(physical_id, old, new, stack, *rest, **more)
        keep(made[0], new)
        return made

    table["create"], table["update"] = created, updated
