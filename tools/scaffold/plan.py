"""The name, events, API, fields and state machine of a new service, checked before a file is written."""

import difflib
import importlib.util
import keyword
import re
import sys
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from graphql import specified_scalar_types

from ecom.observability import MASK, mask
from tools import ROOT
from tools.events.catalogue import Event, read_events
from tools.events.schema import at
from tools.project.problems import WrongUse
from tools.project.services import NAME, discover
from tools.scaffold.shape import APIS, Fields, api_values

TYPE_NAME = re.compile(r"[A-Z][A-Za-z0-9]{2,39}")
SCHEMA = Path("frontend-api") / "schema.graphql"
EVENT_NAME = re.compile(r"[A-Z][A-Za-z0-9]{2,63}")
# `ecommerce-{environment}-{service}-on-table-change` has at most 64 characters with the longest environment, `staging`.
LONGEST_NAME = 30
MOST_KEPT = 2
# Environment variables with the names of tables.
VARIABLES = {"Table": "TABLE_NAME", "Inbox": "INBOX_TABLE_NAME"}
# Modules of the platform that are no folders of the checkout's root, or not in every checkout.
RESERVED = frozenset(("common", "conftest", "ecom", "ecom_client", "ecom_testkit", "pipeline"))


def snake(name: str) -> str:
    """`OrderCreated` -> `order_created`."""
    return re.sub(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])", "_", name).lower()


def camel(name: str) -> str:
    """`delivery-pricing` -> `DeliveryPricing`."""
    return "".join(part.capitalize() for part in name.split("-"))


@dataclass(frozen=True)
class Consumed:
    """An event that the service consumes."""

    name: str
    service: str
    key: str
    # Fields beside the ordering key: what a service that keeps data starts with.
    fields: tuple[str, ...] = ()

    @property
    def around(self) -> str:
        """How the object with these fields is read from the detail: `["new"]`."""
        return "".join(f'["{part}"]' for part in self.key.split(".")[1:-1])

    @property
    def snake(self) -> str:
        return snake(self.name)

    @property
    def index(self) -> str:
        """How the ordering key is read from the detail: `["new"]["orderId"]`."""
        return "".join(f'["{part}"]' for part in self.key.split(".")[1:])


@dataclass(frozen=True)
class Producer:
    """A service, with those of its events that are consumed."""

    name: str
    events: tuple[Consumed, ...]

    @property
    def names(self) -> str:
        return ", ".join(event.name for event in self.events)

    @property
    def camel(self) -> str:
        return camel(self.name)

    @property
    def module(self) -> str:
        return self.name.replace("-", "_")


@dataclass(frozen=True)
class Published:
    name: str


@dataclass(frozen=True)
class Plan:
    name: str
    consumes: tuple[Consumed, ...]
    publishes: tuple[Published, ...]
    # Whether events come through a queue, as they must when the service calls another system for each.
    queue: bool = False
    # The consumed events whose data is kept, for the others to act on. Without any, the service counts events.
    keeps: tuple[str, ...] = ()
    # Who may call its REST API, if it has one: one of APIS.
    api: str = ""
    # The GraphQL type of its records, if it has fields.
    graphql: str = ""
    # Whether an execution of a state machine accompanies each record.
    machine: bool = False

    @property
    def fields(self) -> Fields | None:
        return Fields(self.graphql, bool(self.consumes), self.machine) if self.graphql else None

    @property
    def owns(self) -> bool:
        """Whether callers write its records."""
        return bool(self.api or self.graphql)

    @property
    def stream(self) -> bool:
        """Whether functions read the table's stream."""
        return bool(self.publishes or self.machine)

    @property
    def tables(self) -> tuple[str, ...]:
        return ("Inbox", "Table") if self.consumes else ("Table",)

    @property
    def functions(self) -> list[str]:
        """The names of its functions, without the service's."""
        has = {
            "on-event": self.consumes,
            "rest-put-record": self.api,
            "rest-get-record": self.api,
            "graphql-records": self.graphql,
            "step-complete": self.machine,
            "on-record-created": self.machine,
            "on-table-change": self.publishes,
        }
        return [name for name, wanted in has.items() if wanted]

    @property
    def parameters(self) -> list[str]:
        """Its SSM parameters."""
        has = {
            "table/name": True,
            "api/url": self.api,
            "api/arn": self.api,
            "usage-plan/id": self.api == "key",
            "resolvers/records/arn": self.graphql,
            "state-machine/arn": self.machine,
        }
        return [name for name, wanted in has.items() if wanted]

    @property
    def description(self) -> str:
        events = listed([event.name for event in self.consumes])
        if not self.owns:
            return f"Reacts to {events}"
        return f"Keeps records, and reacts to {events}" if events else "Keeps records that callers write"

    @property
    def sets(self) -> tuple[str, ...]:
        """The folders of `files/` that the service is written from."""
        names = ["common"]
        if self.consumes:
            names += ["keeping" if self.keeps else "counting", "queue" if self.queue else "direct"]
            if not self.keeps and not self.queue:
                names.append("direct_counting")
        has = {
            "records": not self.keeps,
            "owning": self.owns,
            "api": self.api,
            "graphql": self.graphql,
            "machine": self.machine,
            "publishing": self.publishes,
        }
        return (*names, *(name for name, wanted in has.items() if wanted))

    @property
    def producers(self) -> tuple[Producer, ...]:
        names = dict.fromkeys(event.service for event in self.consumes)
        return tuple(
            Producer(name, tuple(event for event in self.consumes if event.service == name)) for name in sorted(names)
        )

    @property
    def package(self) -> str:
        return f"{self.name.replace('-', '_')}_service"

    def values(self) -> Mapping[str, object]:
        """The names that the files can use."""
        published = [event.name for event in self.publishes]
        partner_hint = f", the call of the other system into [partner.py](src/{self.package}/partner.py)"
        events_hint = f", and its published events into [events.py](src/{self.package}/events.py)"
        detail = [name for name, wanted in (("total", self.consumes), ("status", self.machine)) if wanted]
        has_owners = bool(self.graphql) or self.api in ("cognito", "key")
        return {
            **api_values(self.api),
            "name": self.name,
            "title": self.name.capitalize(),
            "package": self.package,
            "description": self.description,
            "stores": ", ".join(sorted((*self.tables, *(("EventsQueue",) if self.queue else ())))),
            "table_variables": ", ".join(f"{VARIABLES[table]}: !Ref {table}" for table in reversed(self.tables)),
            "functions": ", ".join(self.functions),
            "parameters": ", ".join(f"`{name}`" for name in self.parameters),
            "api": self.api,
            "graphql": self.fields,
            "machine": self.machine,
            "owns": self.owns,
            "answers": self.owns,
            "stream": self.stream,
            "on_bus": bool(self.consumes or self.publishes),
            "has_runtime": bool(self.consumes or self.publishes),
            "has_alarms": bool(self.consumes or self.stream),
            "has_owners": has_owners,
            "has_people": bool(self.graphql) or self.api == "cognito",
            "polls": self.machine or self.api == "key",
            "consumes": self.consumes,
            "producers": self.producers,
            "publishes": self.publishes,
            "queue": self.queue,
            "keeps": self.keeps,
            "kept": [event for event in self.consumes if event.name in self.keeps],
            "acting": [event for event in self.consumes if event.name not in self.keeps],
            "kept_quoted": ", ".join(f'"{name}"' for name in self.keeps),
            "kept_names": listed([f"`{name}`" for name in self.keeps]),
            "acting_names": listed([f"`{each.name}`" for each in self.consumes if each.name not in self.keeps]),
            "direct": not self.queue,
            "published_names": listed(published),
            "published_ticked": listed([f"`{name}`" for name in published]),
            "published_quoted": ", ".join(f'"{name}"' for name in published),
            "published_fields": listed([f"`{name}`" for name in ("id", *detail)]),
            "published_detail": "".join(
                f', "{name}": {value}' for name, value in (("total", "2"), ("status", '"OPEN"')) if name in detail
            ),
            "event_fields": ", ".join(f'"{name}"' for name in ("id", *detail)),
            "stored": self._stored(),
            "partner_hint": partner_hint if self.queue else "",
            "events_hint": events_hint if published else "",
            "and_events_out": ", and events out" if published else "",
            "and_counts": ", and how often each kind of event occurred" if self.consumes else "",
            "personal": "what users write, under their `sub`" if has_owners else "none, unless callers write some",
            "deploys": " ".join(f"deploy-{name}" for name in (self.name, *(("frontend-api",) if self.graphql else ()))),
        }

    def _stored(self) -> str:
        """A stored item for a test, beside its id and version."""
        has = {
            '"counts": {"Happened": 2}': self.consumes,
            '"text": "first"': self.owns,
            '"status": "OPEN"': self.machine,
        }
        return ", ".join(text for text, wanted in has.items() if wanted)


def is_personal(name: str) -> bool:
    """Whether logs mask it, or it identifies a person."""
    return mask({name: "x"})[name] == MASK or name in ("userId", "recipient")


def listed(names: Sequence[str]) -> str:
    """`A, B and C`, or the number of names when they do not fit into a line."""
    if len(names) > 4:
        return f"{len(names)} events"
    return " and ".join([", ".join(names[:-1]), names[-1]] if len(names) > 1 else names)


@dataclass(frozen=True)
class Options:
    """The switches of `make new-service`."""

    queue: bool = False
    keeps: Sequence[str] = ()
    api: str = ""
    graphql: str = ""
    machine: bool = False


def make_plan(
    name: str, consumes: Iterable[str], publishes: Iterable[str], root: Path = ROOT, options: Options | None = None
) -> Plan:
    """Raises WrongUse for names that are taken or unknown, with the list of those that exist."""
    options = options or Options()
    events = read_events(root)
    known = {event.name: event for event in events}
    check_name(name, root)
    wanted, new = list(dict.fromkeys(consumes)), list(dict.fromkeys(publishes))
    if not wanted and not options.api and not options.graphql:
        shapes = f"or give API={'|'.join(APIS)} or GRAPHQL=Type for a service that others call"
        raise WrongUse(f"CONSUMES is empty; name one event or more, {shapes}. The events are:\n{catalogue(events)}")
    missing = [each for each in wanted if each not in known]
    if missing:
        meant = [near for each in missing for near in _nearest(each, known)]
        hint = f" (did you mean {', '.join(meant)}?)" if meant else ""
        raise WrongUse(f"there is no event {', '.join(missing)}{hint}; there are:\n{catalogue(events)}")
    for each in new:
        if not EVENT_NAME.fullmatch(each):
            raise WrongUse(f"{each} is not a name for an event; name what happened, such as PointsEarned")
        if each in known:
            raise WrongUse(f"{each} is an event of {known[each].service} already; the events are:\n{catalogue(events)}")
    kept = tuple(dict.fromkeys(options.keeps))
    check_options(options, kept, wanted, root)
    consumed = tuple(
        Consumed(each, known[each].service, known[each].ordering_key, fields_to_keep(known[each])) for each in wanted
    )
    published = tuple(Published(each) for each in new)
    return Plan(name, consumed, published, options.queue, kept, options.api, options.graphql, options.machine)


def check_options(options: Options, kept: Sequence[str], wanted: Sequence[str], root: Path) -> None:
    if options.api and options.api not in APIS:
        raise WrongUse(f"API is {options.api}; it can be {', '.join(APIS)}")
    if options.graphql:
        check_type(options.graphql, root)
    if options.machine and not (options.api or options.graphql):
        raise WrongUse("MACHINE=1 needs callers that write records: give API or GRAPHQL too")
    if (options.queue or kept) and not wanted:
        raise WrongUse("QUEUE and KEEPS are about consumed events: give CONSUMES too")
    if kept and (options.api or options.graphql):
        raise WrongUse("KEEPS and a service that others call are two shapes; leave out KEEPS, or API and GRAPHQL")
    check_keeps(kept, wanted, queue=options.queue)


def check_type(name: str, root: Path) -> None:
    schema = (root / SCHEMA).read_text(encoding="utf-8")
    if not TYPE_NAME.fullmatch(name):
        raise WrongUse(f"GRAPHQL is {name}, which is not a name for a type; name a thing, such as Voucher")
    if name in specified_scalar_types or name.startswith("AWS"):
        raise WrongUse(f"GRAPHQL is {name}, which GraphQL or AppSync knows already; name a thing, such as Voucher")
    fields = Fields(name)
    taken = rf"^\s*(?:type|input|enum|interface|union|scalar) {name}\b|^  (?:{fields.query}|{fields.mutation})\b"
    if re.search(taken, schema, re.MULTILINE):
        raise WrongUse(f"{SCHEMA} has {name}, {fields.query} or {fields.mutation} already; choose another type")


def check_keeps(kept: Sequence[str], wanted: Sequence[str], *, queue: bool) -> None:
    unknown = [each for each in kept if each not in wanted]
    if unknown:
        raise WrongUse(f"KEEPS has {', '.join(unknown)}, which CONSUMES does not; it has {', '.join(wanted)}")
    if kept and not set(wanted) - set(kept):
        raise WrongUse("KEEPS has every consumed event; leave out those that act on the kept data")
    if kept and queue:
        raise WrongUse("KEEPS and QUEUE=1 are two shapes; give one of them")


def fields_to_keep(event: Event) -> tuple[str, ...]:
    """At most two simple fields beside the ordering key, numbers first; nothing personal."""
    place = event.ordering_key.rpartition(".")
    schema = at(event.whole, place[0]) or {}
    found: dict[str, list[str]] = {"integer": [], "number": [], "boolean": [], "string": []}
    for name, described in schema.get("properties", {}).items():
        kind = described.get("type")
        if name != place[2] and isinstance(kind, str) and kind in found and not is_personal(name):
            found[kind].append(name)
    return tuple(name for names in found.values() for name in names)[:MOST_KEPT]


def _nearest(name: str, known: Iterable[str]) -> list[str]:
    alike = {each.lower(): each for each in known}
    return [alike[each] for each in difflib.get_close_matches(name.lower(), alike, n=1, cutoff=0.75)]


def check_name(name: str, root: Path) -> None:
    services = discover(root)
    there_are = f"there are the services {', '.join(services) or 'none'}"
    if not NAME.fullmatch(name) or len(name) > LONGEST_NAME:
        raise WrongUse(
            f"{name or 'an empty NAME'} cannot name a service: lower-case letters, digits and single dashes, "
            f"{LONGEST_NAME} characters at most; {there_are}"
        )
    package = name.replace("-", "_")
    if name in services or package in [other.replace("-", "_") for other in services]:
        raise WrongUse(f"{name} is a service already; {there_are}")
    if (root / name).exists():
        folders = sorted(path.name for path in root.iterdir() if path.is_dir() and path.name[0] not in "._")
        raise WrongUse(f"{name} is in the checkout already; its folders are {', '.join(folders)}")
    # Consumers of its events import `ecom.contracts.<name>`, beside modules such as `common`.
    if package in RESERVED or keyword.iskeyword(package):
        what = "a keyword of Python" if keyword.iskeyword(package) else "a name of the platform"
        raise WrongUse(f"{name} is {what}; choose another name; {there_are}")
    # The folder is on Python's path and would hide a module of the same name.
    if package in sys.stdlib_module_names or _is_module(package):
        raise WrongUse(f"{name} is a Python module that tests need; choose another name; {there_are}")


def _is_module(name: str) -> bool:
    found = importlib.util.find_spec(name)
    return found is not None and found.origin is not None


def catalogue(events: Iterable[Event]) -> str:
    """All events, one line per service."""
    by_service: dict[str, list[str]] = {}
    for event in events:
        by_service.setdefault(event.service, []).append(event.name)
    return "\n".join(f"  {service}: {', '.join(names)}" for service, names in by_service.items()) or "  none"
