"""docs/order_journey.md names functions, events and handlers that exist, and sends each event where it goes."""

import re
from collections.abc import Iterator

import pytest

from tools import ROOT
from tools.events.catalogue import Event, read_events
from tools.project.services import discover

PAGE = (ROOT / "docs" / "order_journey.md").read_text()
DIAGRAMS = re.findall(r"```mermaid\n(.*?)```", PAGE, re.DOTALL)
FUNCTION = re.compile(
    r"(?<![\w/-])[a-z][a-z0-9]*(?:-[a-z0-9]+)*-(?:graphql|rest|on|every|websocket)-[a-z]+(?:-[a-z]+)*\b"
)
EVENT = re.compile(
    r"\b(?:Order|Package|Packaging|Delivery|Payment|Stock|Product|User)"
    r"(?:Created|Modified|Deleted|Cancelled|Failed|Started|Completed|Captured|Voided|Refunded|Changed)\b"
)
PARTICIPANT = re.compile(r"^ *participant (\w+) as (.+)$", re.MULTILINE)
ARROW = re.compile(r"^ *(\w+)-{1,2}(?:>>|x)(\w+): (.+)$", re.MULTILINE)
EVENTS: dict[str, Event] = {event.name: event for event in read_events()}
BUS = "EventBridge"
# Words of Mermaid's own, which it does not accept as the name of a participant.
KEYWORDS = {"alt", "and", "box", "break", "create", "destroy", "else", "end", "loop", "note", "opt", "par", "rect"}


def functions() -> dict[str, str]:
    """The name of each function, without its environment -> the path of its handler's file."""
    found = {}
    for service in discover().values():
        for resource in service.template["Resources"].values():
            if resource["Type"] == "AWS::Serverless::Function":
                properties = resource["Properties"]
                name = properties["FunctionName"]["Fn::Sub"].removeprefix("ecommerce-${Environment}-")
                module = properties["Handler"].rpartition(".")[0].replace(".", "/")
                found[name] = f"{service.name}/src/{module}.py"
    return found


FUNCTIONS = functions()


def service_of(function: str) -> str:
    return FUNCTIONS[function].split("/")[0]


def messages() -> Iterator[tuple[str, str, str]]:
    """(sender, receiver, event) of each arrow from or to the bus, with the names of the participants."""
    for diagram in DIAGRAMS:
        names = dict(PARTICIPANT.findall(diagram))
        for sender, receiver, text in ARROW.findall(diagram):
            pair = names.get(sender, sender), names.get(receiver, receiver)
            if BUS in pair:
                event = EVENT.match(text)
                assert event, f"{sender}->>{receiver}: {text} must start with an event's name"
                yield *pair, event[0]


def test_the_page_has_a_diagram_for_each_story() -> None:
    assert len(DIAGRAMS) == 6
    assert all(diagram.startswith("sequenceDiagram\n") for diagram in DIAGRAMS)


@pytest.mark.parametrize("name", sorted(set(FUNCTION.findall(PAGE))))
def test_a_named_function_is_deployed_and_its_handler_is_linked(name: str) -> None:
    assert name in FUNCTIONS, f"no template has a function {name}"
    path = FUNCTIONS[name]
    assert (ROOT / path).is_file()
    assert f"| `{name}` | [{path.rpartition('/')[2]}](../{path}) |" in PAGE


@pytest.mark.parametrize("name", sorted(set(EVENT.findall(PAGE))))
def test_a_named_event_is_published(name: str) -> None:
    assert name in EVENTS, f"no service publishes {name}"


@pytest.mark.parametrize(("sender", "receiver", "event"), sorted(set(messages())))
def test_an_event_goes_from_its_producer_to_a_consumer(sender: str, receiver: str, event: str) -> None:
    if receiver == BUS:
        assert service_of(sender) == EVENTS[event].service
    else:
        assert service_of(receiver) in EVENTS[event].consumers


def test_every_participant_is_used_and_every_arrow_has_participants() -> None:
    for diagram in DIAGRAMS:
        declared = {name for name, _ in PARTICIPANT.findall(diagram)}
        declared |= set(re.findall(r"^ *actor (\w+)$", diagram, re.MULTILINE))
        used = {name for arrow in ARROW.findall(diagram) for name in arrow[:2]}
        assert declared == used
        assert not KEYWORDS & {name.lower() for name in declared}


@pytest.mark.parametrize("link", sorted(set(re.findall(r"\]\(\.\./([^)#]+)\)", PAGE))))
def test_a_linked_file_exists(link: str) -> None:
    assert (ROOT / link).is_file()
