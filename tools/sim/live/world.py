"""The surroundings of people on a running platform: real requests, real time, and the faults that can be made there."""

import json
import threading
import time
from collections.abc import Callable, Mapping
from contextlib import ExitStack
from typing import Any

import urllib3

from ecom_client.made import made
from ecom_client.people import temporary_user
from ecom_client.platform import HTTP, Platform
from ecom_client.provider import Provider
from tools.sim.appsync import GraphQLError, NoAnswer
from tools.sim.decisions import Decisions
from tools.sim.faults import catalogue
from tools.sim.faults.base import Fault, FaultDecisions
from tools.sim.live.documents import document

# How much quicker people are than in a simulated run, where a day has 800 s.
SPEED = 60.0
# People who act faster than a slow machine answers change prices before an order that they read is accepted.
USUAL_ANSWER_SECONDS, SLOWEST = 0.1, 10.0
HOLD = "/preauth"
SUBSCRIPTION = "onOrderChanged"  # needs a WebSocket, which people here do not open
# What the provider's failure scripts can do of the faults of its answers.
AT_THE_PROVIDER = {
    "provider-fails": "DOWN",
    "provider-lost-answer": "TIMEOUT_AFTER",
    "provider-slow": "SLOW",
    "provider-twice": "TWICE",
}
CHANGES = ["processPayment", "cancelPayment", "updateAmount"]
LISTS = {"getNewPackagingRequestIds": "packagingRequestIds", "getNewDeliveries": "deliveries"}
FAULTS: list[Fault] = [
    catalogue.LOST_REQUEST,
    catalogue.LOST_ANSWER,
    catalogue.EVENT_TWICE,
    *(catalogue.BY_NAME[name] for name in AT_THE_PROVIDER),
]


class LiveTime:
    """Real time. People wait less than they say, by the factor `speed`; longer again while the platform is slow."""

    def __init__(self, speed: float, sleep: Callable[[float], None] = time.sleep) -> None:
        self.speed = speed
        self._sleep = sleep
        self._answer_seconds = 0.0
        """A mean of the last answers."""

    @property
    def now(self) -> float:
        return time.time()

    def answered(self, seconds: float) -> None:
        """A request took so long."""
        self._answer_seconds += 0.1 * (seconds - self._answer_seconds)

    def sleep(self, seconds: float) -> None:
        slower = min(max(1.0, self._answer_seconds / USUAL_ANSWER_SECONDS), SLOWEST)
        self._sleep(max(0.0, seconds) / self.speed * slower)


class LiveWorld:
    """One run on a platform. `close` removes its users."""

    def __init__(self, platform: Platform, decisions: Decisions, fault_decisions: FaultDecisions, speed: float) -> None:
        self.platform, self.decisions, self.fault_decisions = platform, decisions, fault_decisions
        self.scheduler = LiveTime(speed)
        self.graphql = LiveGraphQL(self)
        self.parameters, self.secrets = Parameters(platform), Secrets(platform)
        self.users: dict[str, str] = {}
        """The id tokens of people, by the ids that their scripts know."""
        self.orders: set[str] = set()
        """The orders of this run: staff see no others."""
        self.errors: list[BaseException] = []
        """What ended a script that should not end."""
        self.threads: list[threading.Thread] = []
        self._stack = ExitStack()
        self._lock = threading.Lock()

    @property
    def is_calm(self) -> bool:
        """A running platform may be slow, or refuse requests, at any time."""
        return False

    def sign_in(self, user_id: str, groups: tuple[str, ...]) -> str:
        """Make a user. Returns the id that the platform knows."""
        person = self._stack.enter_context(temporary_user(self.platform, *groups))
        self.users[user_id] = person.id_token
        return person.user_id

    def close(self) -> None:
        self._stack.close()

    def note(self, text: str) -> None:
        """Only simulated runs keep a trace."""

    def background(self, name: str, work: Callable[[], Any]) -> threading.Thread:
        def guarded() -> None:
            try:
                work()
            except Exception as error:  # nothing waits for a thread's error: the run raises it at its end
                self.errors.append(error)

        thread = threading.Thread(target=guarded, name=name, daemon=True)
        self.threads.append(thread)
        thread.start()
        return thread

    def fires(self, fault: Fault, where: str, text: str = "") -> bool:
        with self._lock:
            return self.fault_decisions.fires(fault, where, time.time(), ("live", ""), text)

    def http_request(self, method: str, url: str, **options: Any) -> Any:
        answer = HTTP.request(method, url, body=options.get("body"), headers=dict(options.get("headers") or {}))
        if url.endswith(HOLD) and answer.status == 200:
            self._disturb_provider(made(json.loads(answer.data)["paymentToken"]))
        return answer

    def _disturb_provider(self, token: str) -> None:
        """Decide how the provider fails for the hold that a person just made."""
        where = f"{threading.current_thread().name}/hold"
        for name, behaviour in AT_THE_PROVIDER.items():
            if self.fires(catalogue.BY_NAME[name], where, "a change of the payment"):
                Provider(self.platform).script(behaviour, token, operations=CHANGES, times=1, seconds=600, delay=2)
                return


class LiveGraphQL:
    """Fields of the API, asked over HTTP as a signed-in person, or with the API key alone."""

    def __init__(self, world: LiveWorld) -> None:
        self._world = world

    def resolve(self, field: str, arguments: Mapping[str, Any], identity: Mapping[str, Any] | None, name: str) -> Any:
        world = self._world
        if field == SUBSCRIPTION or world.fires(catalogue.LOST_REQUEST, name):
            raise NoAnswer
        token = world.users[identity["sub"]] if identity is not None else ""
        key = world.parameters["frontend-api/api/key"]
        started = time.monotonic()
        try:
            answer = world.platform.graphql(document(field), dict(arguments), token=token, key=key)
        except urllib3.exceptions.HTTPError:
            raise NoAnswer from None
        finally:
            world.scheduler.answered(time.monotonic() - started)
        if world.fires(catalogue.LOST_ANSWER, name) or answer.status >= 429:
            raise NoAnswer
        for error in answer.body.get("errors") or ():
            raise GraphQLError(str(error.get("errorType") or answer.status), str(error.get("message")))
        value = answer.body["data"][field]
        if isinstance(value, dict) and "cartId" in value:
            made(value["cartId"])
        return self._of_this_run(field, value)

    def _of_this_run(self, field: str, value: Any) -> Any:
        """A list of work without the orders of other people of the platform."""
        name = LISTS.get(field)
        if name is None:
            return value
        kept = [each for each in value[name] if self._order_of(each) in self._world.orders]
        return {**value, name: kept}

    @staticmethod
    def _order_of(listed: Any) -> str:
        return str(listed["orderId"] if isinstance(listed, dict) else listed)


class Parameters:
    """SSM parameters of the environment, looked up one by one."""

    def __init__(self, platform: Platform) -> None:
        self._platform = platform

    def __getitem__(self, name: str) -> str:
        return self._platform.parameter(name)


class Secrets:
    """Secrets by their ARN."""

    def __init__(self, platform: Platform) -> None:
        self._platform = platform

    def __getitem__(self, arn: str) -> str:
        return str(self._platform.client("secretsmanager").get_secret_value(SecretId=arn)["SecretString"])
