"""The JSON documents of this platform's part of the console's API, as types (tools/local/console/README.md)."""

from typing import Literal, NotRequired, TypedDict


class Step(TypedDict):
    """A step of `make timeline ARGS=--json`."""

    service: str
    kind: Literal["order", "goods", "parcel", "return", "money", "mail", "failure", "dead letter", "next"]
    what: str
    at: NotRequired[str]
    status: NotRequired[str]
    cause: NotRequired[str]
    event: NotRequired[str]
    function: NotRequired[str]
    trace: NotRequired[str]
    times: NotRequired[int]
    until: NotRequired[str]
    detail: NotRequired[dict[str, object]]


class Timeline(TypedDict):
    """What happened to one order."""

    orderId: str
    summary: str
    steps: list[Step]


class LogLine(TypedDict):
    """A log event of a function, which `stream` tells apart from those of its other execution environments."""

    at: str
    function: str
    stream: str
    text: str


class Logs(TypedDict):
    """The newest lines, oldest first. `functions`: those whose logs were read."""

    functions: list[str]
    lines: list[LogLine]
    more: bool


class DeadLetter(TypedDict):
    """A message of a dead-letter queue. `mendable`: its payload may be changed when it is sent back."""

    id: str
    about: str
    code: str
    reason: str
    backTo: str
    sentAt: str
    attempts: int | None
    payload: str
    mendable: bool


class DeadLetters(TypedDict):
    """Those of one service."""

    service: str
    inFlight: int
    deadLetters: list[DeadLetter]


class Outcome(TypedDict):
    """What became of one dead letter."""

    id: str
    outcome: str


class EventOfMap(TypedDict):
    """An event with the services between which it goes."""

    name: str
    source: str
    producer: str
    consumers: list[str]


class Alarm(TypedDict):
    """An alarm in ALARM."""

    name: str
    description: str
    reason: str
    since: str


class Field(TypedDict):
    """A field of an event's detail."""

    name: str
    kind: str
    required: bool
    meaning: str


class Example(TypedDict):
    """An event as it is sent. `variant` is empty for the typical one."""

    variant: str
    event: dict[str, object]


class CatalogueEvent(TypedDict):
    """An event of the catalogue. `file`: its schema, at `/_local/events/{file}`."""

    name: str
    source: str
    producer: str
    owner: str
    consumers: list[str]
    description: str
    orderingKey: str
    file: str
    fields: list[Field]
    examples: list[Example]


class Checked(TypedDict):
    """Whether an event fits its schema. `known`: the catalogue has it. `problem` is empty if it fits."""

    known: bool
    problem: str


class Sent(TypedDict):
    """The id that EventBridge gave to an event."""

    id: str


class PersonOfDemo(TypedDict):
    """A person in whose name a GraphQL request is sent; an empty name sends the API key."""

    name: str
    email: str
    groups: list[str]


class Api(TypedDict):
    """The GraphQL API."""

    url: str
    people: list[PersonOfDemo]


class Series(TypedDict):
    """A line of a chart: its points are time and value."""

    label: str
    points: list[tuple[str, float]]


class AlarmOfWidget(TypedDict):
    """`state` is MISSING for an alarm that does not exist."""

    name: str
    state: str
    since: str


class Widget(TypedDict):
    """A part of a dashboard. `kind` is CloudWatch's type: `text` has a text, `alarm` alarms, `metric` series."""

    kind: str
    title: str
    width: int
    text: NotRequired[str]
    alarms: NotRequired[list[AlarmOfWidget]]
    period: NotRequired[int]
    series: NotRequired[list[Series]]


class Dashboard(TypedDict):
    """A dashboard with the values of a period."""

    name: str
    begin: str
    end: str
    widgets: list[Widget]
