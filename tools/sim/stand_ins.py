"""How a stand-in for a module of Python is made, and what it needs of the execution environment that it belongs to."""

from collections.abc import Callable
from types import ModuleType
from typing import Any, Protocol

from tools.sim.not_simulated import NotSimulated
from tools.sim.scheduler import Scheduler, Task


class Place(Protocol):
    """The execution environment that the stand-ins belong to."""

    scheduler: Scheduler
    began: float
    skew: float
    variables: dict[str, str]

    def random(self) -> float: ...
    def write(self, text: str) -> None: ...
    def start_thread(self, work: Callable[[], Any]) -> Task: ...
    def http_request(self, method: str, url: str, **options: Any) -> Any: ...


def like(real: ModuleType, refused: str = "", **replaced: Any) -> ModuleType:
    """A module with everything of the real one, some of it replaced, and some of it refused."""
    made = ModuleType(real.__name__)
    vars(made).update({name: value for name, value in vars(real).items() if not name.startswith("__")})
    vars(made).update({name: refuse(f"{real.__name__}.{name}") for name in refused.split()})
    vars(made).update(replaced)
    return made


def refuse(name: str) -> Callable[..., Any]:
    def refused(*_: Any, **__: Any) -> Any:
        raise NotSimulated(f"{name} is not simulated")

    return refused
