"""Notification rules: which events of a pipeline a topic is told about.

The page "Notification concepts" of the Developer Tools console: an event type is named for the service, what changed,
and its new state.
"""

import json
import logging
from collections.abc import Callable
from copy import deepcopy

from tools.local.aws.json_api import Document
from tools.local.delivery.model import iso
from tools.local.home import ACCOUNT, REGION

log = logging.getLogger("local.notifications")

EXECUTIONS = {
    "pipeline": ("failed", "canceled", "started", "resumed", "succeeded", "superseded"),
    "stage": ("started", "succeeded", "resumed", "canceled", "failed"),
    "action": ("succeeded", "failed", "canceled", "started"),
}
APPROVALS = {"STARTED": "needed", "SUCCEEDED": "succeeded", "FAILED": "failed"}
EVENT_TYPES = (
    *(f"codepipeline-pipeline-{kind}-execution-{state}" for kind, states in EXECUTIONS.items() for state in states),
    *(f"codepipeline-pipeline-manual-approval-{state}" for state in APPROVALS.values()),
)


class Rules:
    """The notification rules of this cloud. `publish(topic, rule, text)` returns why it could not, or an empty text."""

    def __init__(self, clock: Callable[[], float], publish: Callable[[str, str, str], str]) -> None:
        self._clock, self._publish = clock, publish
        self.known: dict[str, Document] = {}

    def get_state(self) -> Document:
        return deepcopy(self.known)

    def load_persisted_state(self, data: Document) -> None:
        self.known = data

    def reset(self) -> None:
        self.known.clear()

    def told(self, source: str, detail_type: str, detail: Document, resources: list[str]) -> None:
        """Tell the topics of the rules that match an event."""
        if source != "aws.codepipeline":
            return
        types = event_types(detail_type, detail)
        for arn, rule in list(self.known.items()):
            if rule["status"] == "ENABLED" and rule["resource"] in resources and types & set(rule["types"]):
                message = {
                    "account": ACCOUNT,
                    "detailType": detail_type,
                    "region": REGION,
                    "source": source,
                    "time": iso(self._clock()),
                    "notificationRuleArn": arn,
                    "detail": detail,
                    "resources": resources,
                    "additionalAttributes": {},
                }
                for topic in rule["topics"]:
                    problem = self._publish(topic, arn, json.dumps(message))
                    if problem:
                        log.warning("the notification rule %s cannot tell %s: %s", arn, topic, problem)


def event_types(detail_type: str, detail: Document) -> set[str]:
    """The event types of an event of CodePipeline."""
    kind = detail_type.removeprefix("CodePipeline ").partition(" ")[0].lower()
    found = {f"codepipeline-pipeline-{kind}-execution-{detail['state'].lower()}"}
    if kind == "action" and detail.get("type", {}).get("category") == "Approval" and detail["state"] in APPROVALS:
        found.add(f"codepipeline-pipeline-manual-approval-{APPROVALS[detail['state']]}")
    return found
