"""Who may do what: the policies of roles, queues and functions in the templates, evaluated by the local cloud's engine.

A decision depends on its inputs only, so each is made once.
"""

import fnmatch
from collections.abc import Mapping, Sequence
from functools import cache
from typing import Any

from tools.sim import engine_rules
from tools.sim.engine_rules import EVENTBRIDGE
from tools.sim.templates.blueprint import Blueprint, Queue, Role, Source

API_GATEWAY = "apigateway.amazonaws.com"
__all__ = ["API_GATEWAY", "EVENTBRIDGE", "Rights", "dynamodb_needs", "mapping_needs"]

OF_QUEUES = ("sqs:ReceiveMessage", "sqs:DeleteMessage", "sqs:GetQueueAttributes")
OF_STREAMS = ("dynamodb:DescribeStream", "dynamodb:GetRecords", "dynamodb:GetShardIterator")


class Rights:
    """The rights of one platform."""

    def __init__(self, blueprint: Blueprint) -> None:
        self._parsed: dict[str, list[Any]] = {}
        self._known: dict[tuple[Any, ...], bool] = {}
        self._grants = blueprint.grants

    def allows(self, role: Role, action: str, resource: str, **context: str) -> bool:
        """Whether a role's policies allow the action. `context` are condition keys in lower case, with `_` for `:`."""
        key = (role.arn, action, resource, *sorted(context.items()))
        if key not in self._known:
            self._known[key] = self._evaluate(role, action, resource, context)
        return self._known[key]

    def _evaluate(self, role: Role, action: str, resource: str, context: Mapping[str, str]) -> bool:
        if role.arn not in self._parsed:
            self._parsed[role.arn] = [engine_rules.parsed(each) for each in role.policies]
        keys = {key.replace("_", ":", 1): value for key, value in context.items()}
        return engine_rules.role_may(role.arn, self._parsed[role.arn], action, resource, keys)

    def service_may_invoke(self, function_arn: str, principal: str, source: str) -> bool:
        """Whether a Lambda::Permission lets a service invoke the function on behalf of `source`."""
        key = ("invoke", function_arn, principal, source)
        if key not in self._known:
            self._known[key] = any(
                granted == function_arn and who == principal and fnmatch.fnmatchcase(source, pattern)
                for granted, who, pattern in self._grants
            )
        return self._known[key]

    def queue_takes_from(self, queue: Queue, source: str) -> bool:
        """Whether the queue's policies let EventBridge send on behalf of a rule."""
        key = ("send", queue.arn, source)
        if key not in self._known:
            self._known[key] = any(engine_rules.queue_takes(policy, queue.arn, source) for policy in queue.policies)
        return self._known[key]


# The action that IAM knows each entry of a DynamoDB transaction by.
ENTRY_ACTIONS = {
    "Put": "PutItem",
    "Update": "UpdateItem",
    "Delete": "DeleteItem",
    "ConditionCheck": "ConditionCheckItem",
}


@cache
def mapping_needs(source: Source) -> Sequence[tuple[str, str]]:
    """Action and resource of each right that Lambda needs to read for an event source mapping."""
    if ":sqs:" in source.source_arn:
        return [(action, source.source_arn) for action in OF_QUEUES]
    return [*((action, source.source_arn) for action in OF_STREAMS), ("dynamodb:ListStreams", "*")]


def dynamodb_needs(operation: str, request: Mapping[str, Any]) -> Sequence[tuple[str, str]]:
    """Action and table of each right that a request needs; an index is written after the table's name."""
    if operation in ("TransactWriteItems", "TransactGetItems"):
        entries = [entry for each in request["TransactItems"] for entry in each.items()]
        return sorted({(ENTRY_ACTIONS.get(kind, "GetItem"), one["TableName"]) for kind, one in entries})
    if operation == "BatchGetItem":
        return [(operation, name) for name in request["RequestItems"]]
    index = request.get("IndexName")
    return [(operation, f"{request['TableName']}/index/{index}" if index else request["TableName"])]
