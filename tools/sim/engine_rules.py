"""The pure functions of the local cloud's engine that the simulator uses: policies, event patterns, filters of streams.

They keep no state and call nothing, so they decide here exactly as on the local cloud.
"""

from collections.abc import Mapping
from typing import Any, Protocol

from ministack.core import iam_evaluator
from ministack.services import eventbridge, lambda_svc

from tools.sim.aws_seam import ACCOUNT, REGION

EVENTBRIDGE = "events.amazonaws.com"
ALLOW = "Allow"


class View(Protocol):
    """An event as patterns see it."""

    def envelope(self) -> dict[str, Any]: ...
    def event_with_detail(self) -> dict[str, Any]: ...


def matches_pattern(pattern: str, view: View) -> bool:
    """Whether an event matches a rule's pattern, given as JSON."""
    return bool(eventbridge._matches_pattern_view(pattern, view))


def passes_filters(criteria: Mapping[str, Any], record: Mapping[str, Any]) -> bool:
    """Whether a record passes the FilterCriteria of an event source mapping."""
    return bool(lambda_svc._apply_filter_criteria([dict(record)], dict(criteria)))


def parsed(policy: Mapping[str, Any]) -> Any:
    """A policy document, parsed once."""
    return iam_evaluator.parse_policy_document(dict(policy))


def role_may(principal: str, policies: list[Any], action: str, resource: str, context: Mapping[str, str]) -> bool:
    """Whether parsed policies of a role allow the action. `context` are condition keys."""
    asked = _asked(principal, "AssumedRole", action, resource, context)
    return bool(iam_evaluator.evaluate(asked, policies).decision == ALLOW)


def queue_takes(policy: Mapping[str, Any], queue: str, source: str) -> bool:
    """Whether a queue's policy lets EventBridge send on behalf of `source`."""
    context = {"aws:sourcearn": source, "aws:sourceaccount": ACCOUNT}
    asked = _asked("*", "Service", "sqs:SendMessage", queue, context)
    return bool(iam_evaluator.evaluate_resource_policy(dict(policy), asked, service=EVENTBRIDGE).decision == ALLOW)


def _asked(principal: str, kind: str, action: str, resource: str, context: Mapping[str, str]) -> Any:
    return iam_evaluator.EvalContext(
        principal_arn=principal,
        principal_type=kind,
        principal_account="" if kind == "Service" else ACCOUNT,
        action=action,
        resource_arn=resource,
        region=REGION,
        service_context=dict(context),
    )
