"""`/_local/console/api/orders`, `dead-letters`, `map`, `alarms` and `dashboards`: JSON for the pages of the console.

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
    LARGEST_BODY,
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
    from tools.project.aws import Target

PAGES = ("now", "orders", "dead-letters", "dashboards")
APIS = ("orders", "dead-letters", "map", "alarms", "dashboards")
SHOWN, MOST = 100, 2000
MOST_HOURS = 168  # metrics are kept for a week
MOST_IDS = 100
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
            body = b"" if scope["method"] in ("GET", "HEAD") else await body_of(receive)
            answer = await asyncio.get_running_loop().run_in_executor(self._threads, self._answer, scope, body)
        await send_answer(scope, send, answer)

    @cached_property
    def _threads(self) -> ThreadPoolExecutor:
        return ThreadPoolExecutor(THREADS, "console")

    @cached_property
    def _target(self) -> "Target":
        from tools.local.client import Cloud
        from tools.project.aws import Target
        from tools.project.environments import read_all

        cloud = Cloud(self._home)
        return Target(read_all()["local"], cloud.session(), cloud.endpoint)

    def _answer(self, scope: Scope, body: bytes) -> Answer:
        from tools.project.aws import readable

        name, _, rest = scope["path"].removeprefix(f"{API}/").partition("/")
        if scope["method"] not in ("GET", "HEAD") and name != "dead-letters":
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

    def _dead_letters(self, method: str, service: str, _query: dict[str, str], body: bytes) -> Answer:
        from tools.local_platform.console import dead_letters

        if method in ("GET", "HEAD"):
            return as_json(200, {"services": dead_letters.listing(self._target)})
        if method != "POST" or not service:
            return refusal(405, "only GET, and POST for a service")
        asked = _object(body)
        action, dead_letter_id = asked.get("action"), asked.get("id", "")
        if action not in dead_letters.ACTIONS or not isinstance(dead_letter_id, str) or asked.keys() - {"action", "id"}:
            return refusal(400, 'the body must be {"action": "redrive" or "drop", "id": "..."}, without id for all')
        if action == "drop" and not dead_letter_id:
            return refusal(400, "drop needs the id of one dead letter")
        outcomes = dead_letters.deal(self._target, service, action, dead_letter_id)
        if dead_letter_id and not outcomes:
            return refusal(404, "this dead letter is not in the queue any more, or another reader has received it")
        return as_json(200, {"outcomes": outcomes})

    def _map(self, _method: str, _rest: str, _query: dict[str, str], _body: bytes) -> Answer:
        from tools.local_platform.console import now

        return as_json(200, now.service_map())

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
