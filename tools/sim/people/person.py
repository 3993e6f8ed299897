"""What every script can do: ask the API, insist, wait, and decide."""

import json
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, TypeVar

from tools.sim.appsync import GraphQLError, NoAnswer

if TYPE_CHECKING:
    from tools.sim.people.book import Book
    from tools.sim.people.surroundings import Surroundings

T = TypeVar("T")
# Error types after which the same request is sent again: the outcome is unknown, or a function lacked a permission
# (REFUSED) until an operator gave it back.
RETRIED_ERRORS = ("Lambda:Unhandled", "TRY_AGAIN", "REFUSED")
ATTEMPTS = 8
# From this status on the outcome is unknown.
UNKNOWN_FROM_STATUS = 500
# What no caller gets while nothing fails. 503 is left out: it is TRY_AGAIN, for example after writes that conflict.
BROKEN = (500, 502, 504)
BROKEN_TYPES = "Lambda:"


class GaveUp(Exception):
    """The API did not answer a person who asked again and again."""


class Person:
    """One person. All decisions are named after the person, so that they do not depend on others."""

    groups: tuple[str, ...] = ()
    is_shopper = False

    def __init__(self, world: "Surroundings", book: "Book", name: str) -> None:
        self.world, self.book, self.name = world, book, name
        self.user_id = world.decisions.uuid(f"user {name}")
        self._identity: Mapping[str, Any] | None = {
            "sub": self.user_id,
            "username": self.user_id,
            "groups": list(self.groups) or None,
        }
        self._asked: Counter[str] = Counter()

    def live(self) -> None:
        """The script, while faults happen. Some people only act afterwards."""

    def finish(self) -> bool:
        """Go on after the faults have ended. Returns whether there was anything to do."""
        return False

    # --- asking ---

    def ask(self, field: str, **arguments: Any) -> Any:
        """Ask once. Raises GraphQLError or NoAnswer."""
        self._asked[field] += 1
        name = f"{self.name}/{field} {self._asked[field]}"
        try:
            return self.world.graphql.resolve(field, arguments, self._identity, name)
        except NoAnswer:
            self._fails_when_calm(f"{field} did not answer")
            raise
        except GraphQLError as error:
            if error.type.startswith(BROKEN_TYPES):
                self._fails_when_calm(f"{field} answered {error}")
            raise

    def _fails_when_calm(self, what: str) -> None:
        """While faults are on, a request may fail. Afterwards none does."""
        if self.world.is_calm:
            self.book.report_broken("A1", "", f"{what} to {self.name}, while nothing fails")

    def insist(self, field: str, **arguments: Any) -> Any:
        """Ask until the outcome is known. Raises GaveUp, or GraphQLError for a definite error."""
        for attempt in range(1, ATTEMPTS + 1):
            try:
                return self.ask(field, **arguments)
            except NoAnswer:
                pass
            except GraphQLError as error:
                if error.type not in RETRIED_ERRORS:
                    raise
            self.wait(0.5 * attempt, 3.0 * attempt, f"{field} again {attempt} {self._asked[field]}")
        self._fails_when_calm(f"{field} gave no final answer in {ATTEMPTS} attempts")
        raise GaveUp(f"{self.name}: {field}")

    def pages(self, field: str, of: str, **arguments: Any) -> list[Any]:
        """All pages of a list. As far as they could be read, while requests may fail."""
        found: list[Any] = []
        token = None
        while True:
            try:
                page = (self.insist if self.world.is_calm else self.ask)(field, nextToken=token, **arguments)
            except (NoAnswer, GraphQLError, GaveUp) as error:
                self._fails_when_calm(f"the list {field} answered {error}")
                return found
            found += page[of]
            token = page.get("nextToken")
            if token is None:
                return found

    def post(self, url: str, path: str, body: Any, headers: Mapping[str, str] | None = None) -> tuple[int, Any]:
        """Send JSON to the payment provider, as a browser does, until it answers. Raises GaveUp."""
        sent = {"Content-Type": "application/json", **(headers or {})}
        asked = self._asked[f"POST {path}"] = self._asked[f"POST {path}"] + 1
        for attempt in range(1, ATTEMPTS + 1):
            answer = self.world.http_request("POST", url + path, body=json.dumps(body).encode(), headers=sent)
            if answer.status < UNKNOWN_FROM_STATUS:
                return answer.status, json.loads(answer.data or b"null")
            self.wait(0.5 * attempt, 3.0 * attempt, f"POST {path} again {attempt} {asked}")
        self._fails_when_calm(f"POST {path} gave no final answer in {ATTEMPTS} attempts")
        raise GaveUp(f"{self.name}: POST {path}")

    def call(
        self,
        method: str,
        service: str,
        path: str,
        body: Any = None,
        headers: Mapping[str, str] | None = None,
        **signature: Any,
    ) -> tuple[int, Any]:
        """Ask a REST API once, as a function with `role`, if that is given. Raises NoAnswer."""
        self._asked[f"{method} {service}"] += 1
        name = f"{self.name}/{method} {service} {self._asked[f'{method} {service}']}"
        sent = {"Content-Type": "application/json", **(headers or {})}
        data = b"" if body is None else json.dumps(body).encode()
        url = self.world.parameters[f"{service}/api/url"]
        try:
            answer = self.world.http_request(method, url + path, body=data, headers=sent, person=name, **signature)
        except NoAnswer:
            self._fails_when_calm(f"{method} {service}{path} did not answer")
            raise
        if answer.status in BROKEN:
            self._fails_when_calm(f"{method} {service}{path} answered {answer.status}")
        return answer.status, json.loads(answer.data or b"null")

    def insist_on(self, method: str, service: str, path: str, *content: Any, **signature: Any) -> tuple[int, Any]:
        """`call` a REST API until the outcome is known. Raises GaveUp."""
        asked = self._asked[f"{method} {service}"]
        for attempt in range(1, ATTEMPTS + 1):
            try:
                status, answer = self.call(method, service, path, *content, **signature)
            except NoAnswer:
                status, answer = 0, None
            if status and status < UNKNOWN_FROM_STATUS:
                return status, answer
            self.wait(0.5 * attempt, 3.0 * attempt, f"{method} {service} again {attempt} {asked}")
        self._fails_when_calm(f"{method} {service}{path} gave no final answer in {ATTEMPTS} attempts")
        raise GaveUp(f"{self.name}: {method} {service}")

    # --- deciding ---

    def wait(self, low: float, high: float, why: str) -> None:
        self.world.scheduler.sleep(self.world.decisions.between(low, high, f"{self.name}/{why}"))

    def chance(self, rate: float, what: str) -> bool:
        return self.world.decisions.happens(rate, f"{self.name}/{what}")

    def number(self, low: int, high: int, what: str) -> int:
        return self.world.decisions.integer(low, high, f"{self.name}/{what}")

    def choose(self, options: Sequence[T], what: str) -> T:
        return self.world.decisions.choice(options, f"{self.name}/{what}")

    def says(self, text: str) -> None:
        """Record what the person did, for the story of a violation."""
        self.book.tell(self.world.scheduler.now, self.name, text)
        self.world.note(f"{self.name} {text}")
