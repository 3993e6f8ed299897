"""What people need of the world around them: the simulated one, or a running platform."""

from collections.abc import Callable, Mapping
from typing import Any, Protocol

from tools.sim.decisions import Decisions


class Time(Protocol):
    @property
    def now(self) -> float: ...
    def sleep(self, seconds: float) -> None: ...


class Api(Protocol):
    def resolve(self, field: str, arguments: Mapping[str, Any], identity: Mapping[str, Any] | None, name: str) -> Any:
        """The field's value. Raises GraphQLError or NoAnswer."""


class Texts(Protocol):
    """Texts by their names."""

    def __getitem__(self, name: str, /) -> str: ...


class Surroundings(Protocol):
    @property
    def decisions(self) -> Decisions: ...
    @property
    def scheduler(self) -> Time: ...
    @property
    def graphql(self) -> Api: ...
    @property
    def parameters(self) -> Texts:
        """The values of SSM parameters."""

    @property
    def secrets(self) -> Texts:
        """The values of secrets by ARN."""

    @property
    def is_calm(self) -> bool:
        """Whether each request has to be answered, since no fault is injected."""

    def note(self, text: str) -> None: ...
    def background(self, name: str, work: Callable[[], Any]) -> object: ...
    def http_request(self, method: str, url: str, **options: Any) -> Any:
        """An answer with `status` and `data`."""
