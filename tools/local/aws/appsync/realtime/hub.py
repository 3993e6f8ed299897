"""Which subscribers get which mutation, and what each may see of it."""

import asyncio
import json
import logging
from collections import deque
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from graphql import ExecutionResult, GraphQLResolveInfo, execute, validate

from tools.local.aws.appsync.answers import answer
from tools.local.aws.appsync.authentication import Caller
from tools.local.aws.appsync.changes import Change
from tools.local.aws.appsync.documents import Operation
from tools.local.aws.appsync.model import Api, Cloud, Request
from tools.local.aws.appsync.realtime import messages
from tools.local.aws.appsync.resolving import Run, check_access, is_root_type
from tools.local.aws.appsync.schema import Schema, compile_schema

log = logging.getLogger("local.appsync")

# AppSync's limit for one message to a subscriber.
MAX_PAYLOAD = 240 * 1024
# After so many subscribers, other requests get their turn.
TURN = 20


@dataclass(slots=True, eq=False)
class Subscription:
    """One accepted `start`. Its schema is updated with the API's."""

    identity: str
    api_id: str
    field: str
    arguments: Mapping[str, Any]
    operation: Operation
    schema: Schema
    caller: Caller
    request: Request
    variables: Mapping[str, Any]
    # Takes a message without waiting.
    send: Callable[[str], None]

    def matches(self, change: Change) -> bool:
        """Each argument must equal the field of its name. A null argument matches null, as on AWS."""
        payload = change.payload if isinstance(change.payload, Mapping) else {}
        return all(payload.get(name) == value for name, value in self.arguments.items())

    @property
    def view_key(self) -> tuple[Any, ...]:
        """Subscribers with the same key see the same of a change."""
        variables = json.dumps(self.variables, sort_keys=True, default=str)
        definition = self.operation.definition
        return (id(self.operation.document), id(definition), variables, self.caller.mode, self.caller.groups)


class Hub:
    """Sends changes to subscribers, one change after the other. The caller of a mutation never waits for it."""

    def __init__(self, cloud: Cloud) -> None:
        self._cloud = cloud
        self._by_api: dict[str, dict[Subscription, None]] = {}
        self._waiting: deque[tuple[Api, Change]] = deque()
        self._worker: asyncio.Task[None] | None = None

    def has_subscribers(self, api_id: str) -> bool:
        return api_id in self._by_api

    def __len__(self) -> int:
        return sum(len(found) for found in self._by_api.values())

    def add(self, subscription: Subscription) -> None:
        self._by_api.setdefault(subscription.api_id, {})[subscription] = None

    def remove(self, subscription: Subscription) -> None:
        found = self._by_api.get(subscription.api_id, {})
        found.pop(subscription, None)
        if not found:
            self._by_api.pop(subscription.api_id, None)

    def publish(self, api: Api, changes: list[Change]) -> None:
        """Send these changes after those that are queued."""
        self._waiting.extend((api, change) for change in changes)
        if self._waiting and self._worker is None:
            self._worker = asyncio.create_task(self._work())

    async def stop(self) -> None:
        """Cancel the deliveries, when the cloud stops."""
        worker = self._worker
        if worker is not None:
            worker.cancel()
            await asyncio.gather(worker, return_exceptions=True)

    async def _work(self) -> None:
        """Run as long as changes are queued."""
        try:
            while self._waiting:
                await self._hand_on(*self._waiting.popleft())
        finally:
            self._worker = None

    async def _hand_on(self, api: Api, change: Change) -> None:
        seen: dict[tuple[Any, ...], str] = {}
        for count, subscription in enumerate(self._listeners(api, change), 1):
            key = subscription.view_key
            try:
                if key not in seen:
                    seen[key] = messages.text(self._view(subscription, api, change))
                if len(seen[key].encode()) > MAX_PAYLOAD:
                    log.warning("%s: a change larger than 240 KB is not sent to subscribers", subscription.field)
                    continue
                subscription.send(messages.data(subscription.identity, seen[key]))
            except Exception:
                # A failure for one subscriber does not affect the others.
                log.exception("a change could not be sent to subscription %s", subscription.field)
                subscription.send(messages.problem(subscription.identity, "InternalFailure", "Internal failure"))
            if count % TURN == 0:
                await asyncio.sleep(0)

    def _listeners(self, api: Api, change: Change) -> Iterator[Subscription]:
        schema = compile_schema(api.schema)
        for subscription in list(self._by_api.get(api.api_id, ())):
            if subscription not in self._by_api.get(api.api_id, ()):
                continue  # it ended while others got the change
            if subscription.schema is not schema and not self._moved(subscription, schema):
                continue
            fed_by = schema.subscriptions.get(subscription.field)
            if fed_by and change.mutation in fed_by.mutations and subscription.matches(change):
                yield subscription

    def _moved(self, subscription: Subscription, schema: Schema) -> bool:
        """Apply the API's new schema: its directives count from now on, if the subscription is still valid."""
        if validate(schema.graphql, subscription.operation.document):
            self.remove(subscription)
            subscription.send(messages.unsupported(subscription.identity, "a subscription of an older schema is"))
            return False
        subscription.schema = schema
        return True

    def _view(self, subscription: Subscription, api: Api, change: Change) -> dict[str, Any]:
        """The change as this subscriber selected it, as far as the directives let its caller see it."""
        run = Run(
            api, subscription.schema, subscription.caller, self._cloud, subscription.request, subscription.variables, 0
        )
        name = subscription.operation.definition.name
        result = execute(
            subscription.schema.graphql,
            subscription.operation.document,
            root_value=change.payload,
            context_value=run,
            variable_values=dict(subscription.variables),
            operation_name=name.value if name else None,
            field_resolver=_delivered,
        )
        if not isinstance(result, ExecutionResult):
            raise TypeError("a delivery waits for nothing")
        body = answer(result, subscription.schema)
        if "errors" in body:
            body["errors"] = [{key: one[key] for key in one if one[key] is not None} for one in body["errors"]]
        return body


def _delivered(source: Any, info: GraphQLResolveInfo, /, **_arguments: Any) -> Any:
    """The field of a change. Fields below a subscription are not resolved again."""
    check_access(info.context, info)
    if is_root_type(info.parent_type, info):
        return source
    return source.get(info.field_name) if isinstance(source, Mapping) else None
