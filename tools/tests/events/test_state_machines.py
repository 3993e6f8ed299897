"""The picture of a state machine shows each transition, and a README without a place for it is a problem."""

from pathlib import Path

import pytest

from tools.events.state_machines import END, begin, picture, text
from tools.project.problems import Problem

DEFINITION = """
StartAt: Ask
States:
  Ask: { Type: Task, Next: IsYes, Catch: [{ ErrorEquals: [States.Timeout], Next: Never }] }
  IsYes: { Type: Choice, Choices: [{ Condition: "{% $states.input.answer = 'yes' %}", Next: Never }], Default: Ask }
  Never: { Type: Succeed }
"""
DRAWN = """stateDiagram-v2
    [*] --> Ask
    Ask --> IsYes
    Ask --> Never: States.Timeout
    state IsYes <<choice>>
    IsYes --> Never: answer = 'yes'
    IsYes --> Ask: else
    Never --> [*]
"""


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "machine.asl.yaml"
    path.write_text(DEFINITION)
    return path


def test_the_picture_replaces_the_block(file: Path) -> None:
    readme = f"# A\n\n{begin(file)}\nold\n{END}\n\nb\n"
    drawn = f"# A\n\n{begin(file)}\n```mermaid\n{DRAWN}```\n{END}\n\nb\n"
    assert text(readme, file) == drawn
    assert text(drawn, file) == drawn


def test_a_readme_without_the_block_is_a_problem(file: Path) -> None:
    with pytest.raises(Problem, match="add them"):
        text("# A\n", file)


def test_an_end_of_a_task_is_drawn() -> None:
    only = {"StartAt": "A", "States": {"A": {"Type": "Task", "End": True}}}
    assert picture(only).splitlines()[-1] == "    A --> [*]"
