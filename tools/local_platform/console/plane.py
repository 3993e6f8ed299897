"""`/_local/console/api/...`: JSON for those pages of the console that know this platform.

tools/local/console/README.md describes them. The answers come from the tools for operators, which call this cloud as
they call AWS. Their threads are not those of the cloud, which must serve their calls meanwhile.
"""

import asyncio
import json
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import cached_property
from typing import TYPE_CHECKING, Any

from tools.local.asgi import Receive, Scope, Send
from tools.local.console.plane import API
from tools.local.home import Home
from tools.local.own_pages import (
    Answer,
    as_json,
    body_of,
    number_of,
    query_of,
    refusal,
    refused,
    send_answer,
)
from tools.project.problems import Problem, WrongUse

if TYPE_CHECKING:  # boto3 takes long to import: the first request does it, not the start of the cloud
    from tools.local.client import Cloud
    from tools.project.aws import Target

PAGES = ("now", "orders", "dead-letters", "dashboards", "catalogue", "graphql")
APIS = ("orders", "logs", "dead-letters", "map", "alarms", "dashboards", "catalogue", "graphql")
CHANGING = ("dead-letters", "catalogue", "graphql")
SHOWN, MOST = 100, 2000
MOST_HOURS = 168  # metrics are kept for a week
MOST_IDS = 100
# EventBridge and SQS take up to 1 MiB; a dead letter is quoted once more in JSON.
LARGEST_BODY = 3_000_000
LONGEST_ID = 100
TIME = "since must be a time with its zone, such as 2026-01-31T12:00:00Z"
FIELDS = {"action", "id", "payload"}
THREADS = 2


class ConsoleApi:
    def __init__(self, home: Home) -> None:
        self._home = home

    def matches(self, scope: Scope) -> bool:
        path: str = scope["path"]
        return scope["type"] == "http" and path.startswith(f"{API}/") and path.split("/")[4] in APIS

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        answer = refused(scope)
        if answer is None:
            body = b"" if scope["method"] in ("GET", "HEAD") else await body_of(receive, LARGEST_BODY)
            answer = await asyncio.get_running_loop().run_in_executor(self._threads, self._answer, scope, body)
        await send_answer(scope, send, answer)

    @cached_property
    def _threads(self) -> ThreadPoolExecutor:
        return ThreadPoolExecutor(THREADS, "console")

    @cached_property
    def _cloud(self) -> "Cloud":
        from tools.local.client import Cloud

        return Cloud(self._home)

    @cached_property
    def _target(self) -> "Target":
        from tools.project.aws import Target
        from tools.project.environments import read_all

        return Target(read_all()["local"], self._cloud.session(), self._cloud.endpoint)

    def _answer(self, scope: Scope, body: bytes) -> Answer:
        from tools.project.aws import readable

        name, _, rest = scope["path"].removeprefix(f"{API}/").partition("/")
        if scope["method"] not in ("GET", "HEAD") and name not in CHANGING:
            return refusal(405, "only GET")
        serve: Callable[..., Answer] = getattr(self, f"_{name.replace('-', '_')}")
        try:
            with readable(self._target.environment):
                return serve(scope["method"], rest, query_of(scope), body)
        except WrongUse as problem:
            return refusal(404, str(problem))
        except Problem as problem:
            return refusal(503, str(problem))

    def _orders(self, _method: str, order_id: str, query: dict[str, str], _body: bytes) -> Answer:
        from datetime import UTC, datetime

        from tools.local_platform.console import orders

        if order_id:
            try:
                return as_json(200, orders.timeline(self._target, order_id, datetime.now(UTC)))
            except Problem as problem:
                return refusal(404, str(problem))
        if "ids" in query:
            ids = query["ids"].split(",")
            if len(ids) > MOST_IDS:
                return refusal(400, f"at most {MOST_IDS} ids")
            return as_json(200, {"orders": orders.with_ids(self._target, ids)})
        limit = number_of(query.get("limit", str(SHOWN)))
        if limit is None or not 0 < limit <= MOST:
            return refusal(400, f"limit must be an integer from 1 to {MOST}")
        return as_json(200, {"orders": orders.found(self._target, query.get("search", "").strip(), limit)})

    def _logs(self, _method: str, name: str, query: dict[str, str], _body: bytes) -> Answer:
        from datetime import UTC, datetime, timedelta

        from tools.local_platform.console.logs import logs

        try:
            since = (
                datetime.fromisoformat(query["since"]) if "since" in query else datetime.now(UTC) - timedelta(hours=1)
            )
        except ValueError:
            return refusal(400, TIME)
        if since.tzinfo is None:
            return refusal(400, TIME)
        is_complete = query.get("all") == "1"
        return as_json(200, logs(self._target, name, query.get("about", ""), since, is_complete=is_complete))

    def _dead_letters(self, method: str, service: str, _query: dict[str, str], body: bytes) -> Answer:
        from tools.local_platform.console import dead_letters

        if method in ("GET", "HEAD"):
            return as_json(200, {"services": dead_letters.listing(self._target)})
        if method != "POST" or not service:
            return refusal(405, "only GET, and POST for a service")
        asked = _object(body)
        action, dead_letter_id, payload = asked.get("action"), asked.get("id", ""), asked.get("payload")
        fits = isinstance(action, str) and action in dead_letters.ACTIONS and not asked.keys() - FIELDS
        fits = fits and isinstance(dead_letter_id, str) and len(dead_letter_id) <= LONGEST_ID
        if not fits or not isinstance(payload, str | None):
            return refusal(400, 'the body must be {"action": "redrive" or "drop", "id": "..."}, without id for all')
        if action == "drop" and not dead_letter_id:
            return refusal(400, "drop needs the id of one dead letter")
        if payload is not None and (action == "drop" or not dead_letter_id):
            return refusal(400, "a payload is for the redrive of one dead letter")
        try:
            outcomes = dead_letters.deal(self._target, service, str(action), dead_letter_id, payload)
        except dead_letters.Unmended as problem:
            return refusal(400, str(problem))
        if dead_letter_id and not outcomes:
            return refusal(404, "this dead letter is not in the queue any more, or another reader has received it")
        return as_json(200, {"outcomes": outcomes})

    def _catalogue(self, method: str, action: str, _query: dict[str, str], body: bytes) -> Answer:
        from tools.local_platform.console import catalogue

        if method in ("GET", "HEAD") and not action:
            return as_json(200, {"events": catalogue.catalogue()})
        if method != "POST" or action not in ("check", "send"):
            return refusal(405, "only GET, and POST of check and send")
        event = _object(body)
        if action == "check":
            return as_json(200, catalogue.checked(event))
        problem = catalogue.unfit(event)
        return refusal(400, problem) if problem else as_json(200, {"id": catalogue.send(self._target, event)})

    def _graphql(self, method: str, _rest: str, query: dict[str, str], body: bytes) -> Answer:
        from tools.local_platform.console import graphql

        if method in ("GET", "HEAD"):
            return as_json(200, graphql.api(self._target))
        if method != "POST":
            return refusal(405, "only GET and POST")
        status, content = graphql.answer(self._target, self._cloud, query.get("as", ""), body)
        return Answer(status, content)

    def _map(self, _method: str, _rest: str, _query: dict[str, str], _body: bytes) -> Answer:
        from tools.local_platform.console import now

        return as_json(200, {"events": now.service_map()})

    def _alarms(self, _method: str, _rest: str, _query: dict[str, str], _body: bytes) -> Answer:
        from tools.local_platform.console import now

        return as_json(200, {"alarms": now.alarms(self._target)})

    def _dashboards(self, _method: str, name: str, query: dict[str, str], _body: bytes) -> Answer:
        from datetime import UTC, datetime

        from tools.local_platform.console import dashboards

        if not name:
            return as_json(200, {"dashboards": dashboards.names(self._target)})
        hours = number_of(query.get("hours", "1"))
        if hours is None or not 0 < hours <= MOST_HOURS:
            return refusal(400, f"hours must be an integer from 1 to {MOST_HOURS}")
        return as_json(200, dashboards.drawn(self._target, name, hours, datetime.now(UTC)))


def _object(body: bytes) -> dict[str, Any]:
    """The JSON object of a body; an empty one for anything else."""
    try:
        asked = json.loads(body) if len(body) <= LARGEST_BODY else None
    except (ValueError, RecursionError):
        return {}
    return asked if isinstance(asked, dict) else {}
