"""Publishing to the topics of notification rules."""

from tools.local.aws.iam.engine_resource_policies import topic_allows
from tools.local.delivery.engine_delivery import publish
from tools.local.delivery.model import Message

PRINCIPAL = "codestar-notifications.amazonaws.com"


def tell(topic: str, rule: str, text: str) -> str:
    """Publish a notification. Returns an empty text, or the reason for a failure."""
    if not topic_allows(topic, PRINCIPAL, rule):
        return f"the policy of the topic does not allow {PRINCIPAL}"
    return publish(Message(topic, text, source=rule))
