"""HTTP between functions, people and APIs: who answers, how long it takes, and what callers see without an answer."""

import json
from collections.abc import Mapping
from email.utils import formatdate
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import graphql
import urllib3

from tools.sim.appsync import NoAnswer
from tools.sim.calls import Answered, Call
from tools.sim.environments import Environment
from tools.sim.not_simulated import NotSimulated
from tools.sim.scheduler import Died
from tools.sim.templates.blueprint import Role

if TYPE_CHECKING:
    from tools.sim.world import World

HTTP_SECONDS = (0.003, 0.03)
Reply = tuple[int, bytes]


class HttpAnswer:
    """What urllib3's pool returns."""

    def __init__(self, status: int, data: bytes, now: float) -> None:
        self.status, self.data = status, data
        self.headers = {"Date": formatdate(now, usegmt=True)}


class Network:
    """All requests over HTTP that do not go to AWS's own APIs."""

    def __init__(self, world: "World") -> None:
        self._world = world

    def request(
        self,
        method: str,
        url: str,
        body: bytes = b"",
        headers: Mapping[str, str] | None = None,
        timeout: Any = None,
        person: str = "",
        role: Role | None = None,
        **_: Any,
    ) -> HttpAnswer:
        """A request of the HTTP pool of the task that runs now. Raises urllib3's exceptions.

        `person` names a request whose request or answer may be lost on the way from a person. Raises NoAnswer then.
        `role` signs it in the place of a function that does not run here."""
        if not person:
            return self._exchange(method, url, body, headers, timeout, role)
        what = f"{method} {urlsplit(url).path}"
        if self._world.faults.person_loses("request", what, person):
            raise NoAnswer
        try:
            answer = self._exchange(method, url, body, headers, timeout, role)
        except urllib3.exceptions.HTTPError:
            raise NoAnswer from None
        if self._world.faults.person_loses("answer", what, person):
            raise NoAnswer
        return answer

    def _exchange(
        self,
        method: str,
        url: str,
        body: bytes,
        headers: Mapping[str, str] | None,
        timeout: Any,
        role: Role | None = None,
    ) -> HttpAnswer:
        world = self._world
        task = world.scheduler.current()
        environment = task.owner if isinstance(task.owner, Environment) else None
        if environment is not None and environment.dead:
            raise Died
        world.calls += 1
        parts = urlsplit(url)
        name = task.numbered(f"{method} {parts.path}")
        call = Call("http", name, self._service_of(parts.netloc), method, parts.path, environment, body, signer=role)
        world.note_first(call)
        lowered = {key.lower(): value for key, value in (headers or {}).items()}
        seconds = float(timeout.total) if timeout is not None and timeout.total else 60.0

        def work() -> Reply:
            try:
                world.faults.before(call)
                world.scheduler.sleep(world.decisions.between(*HTTP_SECONDS, f"{name}/there"))
                reply = self._serve(call, method, url, lowered, body)
                if call.facts.get("twice"):
                    reply = self._serve(call, method, url, lowered, body)
                world.scheduler.sleep(world.decisions.between(*HTTP_SECONDS, f"{name}/back"))
                world.faults.after(call)
            except Answered as answered:
                reply = answered.response
            return reply

        server = world.scheduler.spawn(f"{name} server", work)
        if not world.scheduler.wait(server.done, seconds):
            world.note(f"{name} no answer in time")
            raise urllib3.exceptions.ReadTimeoutError(None, url, "no answer in time")  # type: ignore[arg-type]
        if server.failure is not None:
            if not isinstance(server.failure, Died | urllib3.exceptions.HTTPError):
                world.scheduler.simulator_error = world.scheduler.simulator_error or server.failure
            raise server.failure
        status, data = server.done.value
        world.note(f"{name} {status}")
        return HttpAnswer(status, data, world.now())

    def _service_of(self, host: str) -> str:
        if ".appsync-api." in host:
            return "frontend-api"
        own = host.partition(".")[0]
        return next(api.service for api in self._world.blueprint.apis.values() if api.id == own)

    def _serve(self, call: Call, method: str, url: str, headers: dict[str, str], body: bytes) -> Reply:
        if call.service == "frontend-api":
            return self._publish_change(call, headers, body)
        return self._world.rest.serve(call, method, url, headers, body)

    def _publish_change(self, call: Call, headers: dict[str, str], body: bytes) -> Reply:
        """AppSync's mutations that publish to subscribers. Only the function with the right to call one may call it."""
        world, asked = self._world, json.loads(body)
        mutation = _field_of(asked["query"])
        field = f"{world.blueprint.graphql_arn}/types/Mutation/fields/{mutation}"
        allowed = call.environment is not None and world.rights.allows(
            call.environment.function.role, "appsync:GraphQL", field
        )
        if not allowed or "authorization" not in headers:
            return 403, b'{"errors": [{"errorType": "UnauthorizedException"}]}'
        (argument,) = asked["variables"].values()
        world.shown_to_subscribers.append((mutation, argument))
        return 200, json.dumps({"data": {mutation: argument}}).encode()


def _field_of(query: str) -> str:
    """The one field that a GraphQL document asks for."""
    match graphql.parse(query).definitions:
        case (graphql.OperationDefinitionNode(selection_set=asked),):
            match asked.selections:
                case (graphql.FieldNode(name=name),):
                    return name.value
    raise NotSimulated(f"a document with more than one field: {query}")
