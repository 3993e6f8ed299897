"""The picture and the figures in README.md come from the checkout."""

import re
from pathlib import Path

import pytest

from tools import ROOT
from tools.events import figures
from tools.events.catalogue import read_events
from tools.events.figures import BEGIN, END
from tools.events.generate import stale
from tools.project.problems import Problem
from tools.project.services import discover

README = (ROOT / "README.md").read_text()
SERVICES = discover()
EVENTS = {event.name: event for event in read_events(services=SERVICES)}
PICTURE = re.findall(r"```mermaid\n(flowchart.*?)```", README, re.DOTALL)[0]
NODES = dict(re.findall(r"(\w+)\[\"([a-z0-9-]+)\"\]", PICTURE))
PLAIN = re.sub(r"\(?\[\"[^\"]+\"\]\)?", "", PICTURE)
SOLID = [
    (caller, called)
    for caller, targets in re.findall(r"(\w+) -- \"[^\"]+\" --> ([\w &]+)", PLAIN)
    for called in targets.split(" & ")
    if caller in NODES
]
DOTTED = re.findall(r"(\w+) -\. \"([^\"]+)\" \.-> (\w+)", PLAIN)


def counted(readme: str, tests: int | None = None) -> str:
    two = {name: SERVICES[name] for name in ("delivery", "products")}
    return figures.text(readme, two, range(1_200), range(3), tests)


def test_the_readme_is_up_to_date() -> None:
    assert figures.README not in set(stale())


def test_figures_are_written_between_the_marks() -> None:
    text = counted(f"# Title\n{BEGIN}\nold\n{END}\nMore.\n", 4_321)
    assert text.startswith(f"# Title\n{BEGIN}\n| what | count |\n")
    templates = [(ROOT / name / "template.yaml").read_text() for name in ("delivery", "products")]
    functions = sum(template.count("Type: AWS::Serverless::Function\n") for template in templates)
    assert f"| services | 2 |\n| Lambda functions | {functions} |\n| events | 1,200 |\n" in text
    assert text.endswith(f"| tests | 4,321 |\n{END}\nMore.\n")


def test_the_number_of_tests_is_kept_unless_it_is_given() -> None:
    once = counted(f"{BEGIN}\n{END}\n", 4_321)
    assert counted(once) == once
    assert "| tests | 5 |" in counted(once, 5)


def test_a_readme_without_marks_is_a_problem() -> None:
    with pytest.raises(Problem, match="are missing"):
        counted("# Title\n")


def test_tests_that_cannot_be_collected_are_a_problem(tmp_path: Path) -> None:
    (tmp_path / "test_broken.py").write_text("import no_such_module\n")
    with pytest.raises(Problem, match="cannot collect"):
        figures.collected_tests(tmp_path)


def test_the_picture_shows_the_services_of_the_table() -> None:
    listed = re.findall(r"^\| \[([a-z0-9-]+)\]\(\1/README.md\) \|", README, re.MULTILINE)
    assert set(NODES.values()) == set(listed) <= set(SERVICES)


@pytest.mark.parametrize(("caller", "called"), SOLID)
def test_a_request_in_the_picture_goes_to_a_service_that_the_template_names(caller: str, called: str) -> None:
    assert NODES[called] in SERVICES[NODES[caller]].dependencies


def test_the_picture_shows_each_event_that_one_of_its_services_sends_to_another() -> None:
    drawn = [
        (NODES[producer], name, NODES[consumer]) for producer, names, consumer in DOTTED for name in names.split("<br>")
    ]
    shown = set(NODES.values())
    ruled = {
        (event.service, event.name, consumer)
        for event in EVENTS.values()
        for consumer in event.consumers
        if {event.service, consumer} <= shown
    }
    assert ruled - set(drawn) == set(), "a template has a rule for these: add them to the picture in README.md"
    assert set(drawn) - ruled == set(), "no rule sends these: remove them from the picture in README.md"
    assert len(drawn) == len(set(drawn))
