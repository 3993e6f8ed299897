"""What the simulator needs of the deployed platform, as plain values: made once from the templates."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from tools.local.aws.appsync.handlers import Handler
from tools.sim.dynamodb.table import Schema

ENVIRONMENT = "dev"
STACKS = f"ecommerce-{ENVIRONMENT}"


@dataclass(frozen=True)
class Role:
    """`trusts` are the services that may assume it."""

    arn: str
    policies: tuple[Mapping[str, Any], ...]
    trusts: frozenset[str] = frozenset()


@dataclass(frozen=True)
class Function:
    """A Lambda function with the settings of its alias."""

    name: str
    service: str
    handler: str
    timeout: float
    variables: Mapping[str, str]
    role: Role
    concurrency: int | None = None
    arn: str = ""
    retries: int = 2
    event_age: float = 21600.0
    on_failure: str = ""

    @cached_property
    def short(self) -> str:
        """The name without that of the platform."""
        return self.name.removeprefix(f"{STACKS}-")


@dataclass(frozen=True)
class Queue:
    name: str
    arn: str
    url: str
    visibility: float = 30.0
    retention: float = 345600.0
    dead_letters: str = ""
    max_receive_count: int = 0
    policies: tuple[Mapping[str, Any], ...] = ()


@dataclass(frozen=True)
class Source:
    """An event source mapping."""

    id: str
    source_arn: str
    function_arn: str
    batch_size: int
    partial: bool
    retries: int = -1
    record_age: float = -1.0
    window: float = 0.0
    bisect: bool = False
    lanes: int = 1
    concurrency: int = 1000
    filters: tuple[str, ...] = ()
    on_failure: str = ""


@dataclass(frozen=True)
class Rule:
    service: str
    arn: str
    bus: str
    pattern: str
    targets: tuple[Mapping[str, Any], ...]


@dataclass(frozen=True)
class Schedule:
    arn: str
    seconds: float
    targets: tuple[Mapping[str, Any], ...]


@dataclass(frozen=True)
class StateMachine:
    """`definition` is a JSON text."""

    name: str
    arn: str
    definition: str
    role: Role


@dataclass(frozen=True)
class Integration:
    """With an action of Step Functions, in the place of a function. `document` is as OpenAPI has it, resolved."""

    action: str
    role: Role
    document: Mapping[str, Any]


@dataclass(frozen=True)
class Route:
    """`template` is the path as in the OpenAPI document; `body` the schema of the body, None without one. A route has
    callers that sign (`signed`), users of the pool (`for_users`), programs with an API key (`for_keys`), or any. It has
    a function or an integration."""

    method: str
    template: str
    function_arn: str
    signed: bool
    for_users: bool = False
    for_keys: bool = False
    body: Mapping[str, Any] | None = None
    body_required: bool = False
    integration: Integration | None = None


@dataclass(frozen=True)
class Api:
    id: str
    service: str
    routes: tuple[Route, ...]
    says_where: bool = False


@dataclass(frozen=True)
class Resolver:
    """A field of AppSync with a function. `handler` does what its JavaScript does."""

    type: str
    field: str
    function_arn: str
    role: Role
    handler: Handler


@dataclass
class Blueprint:
    """The whole platform, by ARN or name."""

    tables: dict[str, Schema] = field(default_factory=dict)
    queues: dict[str, Queue] = field(default_factory=dict)
    functions: dict[str, Function] = field(default_factory=dict)
    sources: list[Source] = field(default_factory=list)
    rules: list[Rule] = field(default_factory=list)
    schedules: list[Schedule] = field(default_factory=list)
    apis: dict[str, Api] = field(default_factory=dict)
    resolvers: dict[str, Resolver] = field(default_factory=dict)
    left_out_fields: dict[str, str] = field(default_factory=dict)
    """GraphQL fields whose functions do not run here, with their services."""
    local_fields: set[str] = field(default_factory=set)
    """GraphQL fields without a function."""
    state_machines: list[StateMachine] = field(default_factory=list)
    buckets: dict[str, bool] = field(default_factory=dict)
    """Whether a bucket tells EventBridge of new objects."""
    left_out_roles: dict[str, Role] = field(default_factory=dict)
    """The roles of functions that do not run here, by the functions' names."""
    secrets: dict[str, str] = field(default_factory=dict)
    grants: list[tuple[str, str, str]] = field(default_factory=list)
    """From AWS::Lambda::Permission: the function's ARN, the service principal, the source ARN pattern."""
    parameters: dict[str, str] = field(default_factory=dict)
    """SSM parameters."""
    graphql_arn: str = ""
    graphql_modes: tuple[str, ...] = ()
    """AppSync's ways to authenticate; the first is the default."""
    schema: str = ""
