"""The catalogue contains the schemas and rules: page, AsyncAPI document and map. A stale copy is found."""

import json
import re
import shutil
import xml.etree.ElementTree as ET
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from jsonschema import Draft4Validator, Draft7Validator

from tools import ROOT
from tools.check.rules.findings import Repository
from tools.check.rules.generated_files import check_generated
from tools.events import asyncapi, events_page, markdown_to_html, service_map
from tools.events.catalogue import Event, read_common, read_events
from tools.events.generate import DOCUMENT, MAP, PAGE, wanted, write
from tools.project.services import discover

EVENTS, COMMON, SERVICES = read_events(), read_common(), discover()
REFERENCE = {"type": "object", "required": ["$ref"], "additionalProperties": False, "properties": {"$ref": {}}}


def named(schema: dict[str, Any]) -> dict[str, Any]:
    return {"type": "object", "minProperties": 1, "additionalProperties": schema}


def closed(required: str, optional: str = "", **properties: Any) -> dict[str, Any]:
    known = {name: properties.get(name, {}) for name in (*required.split(), *optional.split())}
    return {"type": "object", "required": required.split(), "additionalProperties": False, "properties": known}


TAGS = {"type": "array", "items": closed("name")}
# What AsyncAPI 3.0 says of the parts that we write; nothing else may be there.
ASYNCAPI = closed(
    "asyncapi info channels operations components defaultContentType",
    asyncapi={"enum": ["3.0.0"]},
    info=closed("title version description license", license=closed("name")),
    channels=named(
        closed(
            "address messages description parameters",
            messages=named(REFERENCE),
            parameters=named(closed("description examples", examples={"type": "array", "items": {"type": "string"}})),
        )
    ),
    operations=named(
        closed(
            "action channel summary tags messages",
            action={"enum": ["send", "receive"]},
            channel=REFERENCE,
            tags=TAGS,
            messages={"type": "array", "minItems": 1, "items": REFERENCE},
        )
    ),
    components=closed(
        "messages schemas",
        schemas={"type": "object"},
        messages=named(
            closed(
                "name title summary contentType tags correlationId payload examples x-owner x-ordering-key x-consumers",
                tags=TAGS,
                correlationId=closed("location description"),
                examples={"type": "array", "minItems": 2, "items": closed("name summary payload")},
            )
        ),
    ),
)


@pytest.fixture(scope="module")
def document() -> Any:
    return yaml.safe_load(asyncapi.text(EVENTS, COMMON))


def references(node: Any) -> Iterator[str]:
    if isinstance(node, dict):
        if isinstance(node.get("$ref"), str):
            yield node["$ref"]
        for key, inner in node.items():
            if key != "examples":
                yield from references(inner)
    elif isinstance(node, list):
        for inner in node:
            yield from references(inner)


def test_the_document_is_asyncapi_3(document: Any) -> None:
    assert [error.message for error in Draft7Validator(ASYNCAPI).iter_errors(document)] == []


def test_every_reference_of_the_document_leads_somewhere(document: Any) -> None:
    for reference in references(document):
        node = document
        for part in reference.removeprefix("#/").split("/"):
            node = node[part]


@pytest.mark.parametrize("event", EVENTS, ids=lambda event: event.name)
def test_the_documents_payload_is_the_schema(document: Any, event: Event) -> None:
    """The converted schema accepts and refuses the same events as the registered one."""
    payload = {**document["components"]["messages"][event.name]["payload"], "components": document["components"]}
    for example in event.examples:
        assert list(Draft7Validator(payload).iter_errors(example.event)) == []
        assert Draft4Validator(event.whole).is_valid(example.event)
    for example in event.refused:
        assert not Draft7Validator(payload).is_valid(example.event)


def test_excluded_limits_are_written_as_draft_7_has_them() -> None:
    schema = {"a": {"minimum": 0, "exclusiveMinimum": True, "maximum": 9, "exclusiveMaximum": False}}
    assert asyncapi._schema(schema, "X") == {"a": {"exclusiveMinimum": 0, "maximum": 9}}


def test_the_document_lists_producers_and_consumers(document: Any) -> None:
    listed = {
        (name.split(".")[0], operation["action"], message["$ref"].rsplit("/", 1)[-1])
        for name, operation in document["operations"].items()
        for message in operation["messages"]
    }
    sent = {(event.service, "send", event.name) for event in EVENTS}
    received = {(consumer, "receive", event.name) for event in EVENTS for consumer in event.consumers}
    assert listed == sent | received


def test_consumers_are_those_whose_rules_name_the_event() -> None:
    for event in EVENTS:
        for service in SERVICES.values():
            assert ((event.service, event.name) in service.consumed_events) == (service.name in event.consumers)
    assert {"warehouse", "payment"} <= set(next(e for e in EVENTS if e.name == "OrderCreated").consumers)


@pytest.mark.parametrize("event", EVENTS, ids=lambda event: event.name)
def test_the_page_has_everything_about_an_event(event: Event) -> None:
    text = events_page.text(EVENTS, COMMON)
    section = re.split(r"^## ", text, flags=re.MULTILINE)
    (own,) = [part for part in section if part.startswith(f"{event.name}\n")]
    assert event.description in own
    assert f"`{event.ordering_key}`" in own
    for consumer in event.consumers:
        assert f"[{consumer}](../{consumer}/README.md)" in own
    for name in event.whole["properties"]["detail"]["properties"]:
        assert f"| `{name}` |" in own
    shown = json.loads(re.findall(r"```json\n(.*?)```", own, re.DOTALL)[0])
    assert shown == event.examples[0].event


def test_links_within_the_page_lead_somewhere() -> None:
    text = events_page.text(EVENTS, COMMON)
    headings = {events_page.anchor(found) for found in re.findall(r"^#+ (.*)$", text, re.MULTILINE)}
    assert set(re.findall(r"\]\(#([^)]+)\)", text)) <= headings


def test_the_map_has_every_event_as_a_line_and_as_text() -> None:
    root = ET.fromstring(service_map.text(EVENTS, SERVICES))  # noqa: S314 - our own text
    space = "{http://www.w3.org/2000/svg}"
    titles = {found.text for found in root.iter(f"{space}title")}
    words = root.findtext(f"{space}desc") or ""
    for event in EVENTS:
        for consumer in event.consumers:
            assert f"{event.name}: {event.service} to {consumer}" in titles
        assert f"{event.service} sends {event.name}" in words
    assert root.get("role") == "img"
    assert "orders needs" in words
    assert any("orders needs" in (title or "") for title in titles)


def test_nothing_in_the_map_lies_on_anything_else() -> None:
    root = ET.fromstring(service_map.text(EVENTS, SERVICES))  # noqa: S314 - our own text
    boxes = [
        tuple(float(found.attrib[name]) for name in ("x", "y", "width", "height"))
        for found in root.iter("{http://www.w3.org/2000/svg}rect")
        if found.get("class") == "box"
    ]
    assert len(boxes) > len(SERVICES)
    height = float(root.attrib["height"])
    for place, (x, y, w, h) in enumerate(boxes):
        assert 0 <= x <= x + w <= service_map.WIDTH
        assert y + h <= height
        for x2, y2, w2, h2 in boxes[place + 1 :]:
            assert x + w <= x2 or x2 + w2 <= x or y + h <= y2 or y2 + h2 <= y


def test_no_line_of_the_map_runs_behind_a_service() -> None:
    """A curve leads from one column to the next. Past a service it is horizontal, in a row of its own."""
    root = ET.fromstring(service_map.text(EVENTS, SERVICES))  # noqa: S314 - our own text
    space = "{http://www.w3.org/2000/svg}"
    boxes = [
        tuple(float(found.attrib[name]) for name in ("x", "y", "width"))
        for found in root.iter(f"{space}rect")
        if found.get("class") == "box" and float(found.attrib["height"]) == service_map.HEAD
    ]
    paths = [found.attrib["d"] for found in root.iter(f"{space}path") if found.get("class") == "need"]
    assert boxes
    assert any("H" in path for path in paths), "there is a line that passes a column"
    for path in paths:
        for start_x, start_y, bent, level in re.findall(r"M(\S+) (\S+?)C([^HM]+)(?:H(\S+?)(?=M|$))?", path):
            end_x, end_y = (float(number) for number in bent.split()[-2:])
            assert not any(float(start_x) < x < end_x - 1 for x, _, _ in boxes), f"a curve from {start_x} {start_y}"
            if level:
                assert not any(x < end_x + 1 < x + w and y <= end_y <= y + service_map.HEAD for x, y, w in boxes)


def test_the_page_as_html_is_escaped() -> None:
    markdown = (
        "# A <b>\n\n| a | b |\n|---|---|\n| `x` \\| `<y>` | [z](#z) |\n\n```json\n<&>\n```\n\ntext [no](x.md) `c`\n"
    )
    made = markdown_to_html.document("T <", markdown, lambda target: target if target.startswith("#") else None)
    assert "<h1" in made
    assert "A &lt;b&gt;" in made
    assert "<td><code>x</code> | <code>&lt;y&gt;</code></td>" in made
    assert '<a href="#z">z</a>' in made
    assert "<pre>&lt;&amp;&gt;</pre>" in made
    assert "<p>text no <code>c</code></p>" in made


# --- a copy that is stale is found ---


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """A copy of the checkout's contracts and the files that are generated from them."""
    for service in SERVICES:
        shutil.copytree(ROOT / service, tmp_path / service, ignore=shutil.ignore_patterns("build", "src", "tests"))
    shutil.copytree(ROOT / "shared" / "schemas", tmp_path / "shared" / "schemas")
    shutil.copytree(ROOT / "shared" / "templates", tmp_path / "shared" / "templates")
    write(tmp_path)
    assert list(check_generated(Repository.at(tmp_path))) == []
    return tmp_path


def test_a_new_event_is_in_the_catalogue_and_its_consumer_too(checkout: Path) -> None:
    text = (checkout / "orders" / "events" / "OrderDeleted.json").read_text()
    (checkout / "orders" / "events" / "OrderLost.json").write_text(text.replace("OrderDeleted", "OrderLost"))
    stale = {finding.file for finding in check_generated(Repository.at(checkout))}
    assert {PAGE.as_posix(), DOCUMENT.as_posix(), MAP.as_posix()} <= stale
    template = checkout / "delivery" / "template.yaml"
    template.write_text(
        template.read_text()
        + "  LostRule:\n    Type: AWS::Events::Rule\n    Properties:\n"
        + "      EventPattern: { source: [ecommerce.orders], detail-type: [OrderLost] }\n"
    )
    texts = wanted(checkout)
    assert "[OrderLost](#orderlost) | orders | delivery |" in texts[PAGE]
    assert "OrderLost: orders to delivery" in texts[MAP]
    assert yaml.safe_load(texts[DOCUMENT])["components"]["messages"]["OrderLost"]["x-consumers"] == ["delivery"]


@pytest.mark.parametrize("path", [PAGE, DOCUMENT, MAP])
def test_a_copy_edited_by_hand_is_found(checkout: Path, path: Path) -> None:
    (checkout / path).write_text((checkout / path).read_text() + " ")
    (finding,) = check_generated(Repository.at(checkout))
    assert finding.file == path.as_posix()
    assert "tools.events generate" in finding.todo


def test_a_schema_that_cannot_be_read_is_an_error(checkout: Path) -> None:
    (checkout / "orders" / "events" / "OrderDeleted.json").write_text("{")
    (finding,) = check_generated(Repository.at(checkout))
    assert "cannot be generated" in finding.what
