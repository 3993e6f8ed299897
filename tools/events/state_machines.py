"""Pictures of state machines in the READMEs of services, drawn from their definitions (`*.asl.yaml`)."""

import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from tools.project.documents import read_yaml
from tools.project.problems import Problem

PATTERN = "*.asl.yaml"
END = "<!-- end: state machine -->"


def begin(definition: Path) -> str:
    """The line before a picture."""
    return f"<!-- begin: {definition.name}, from `python -m tools.events generate` -->"


def readmes(root: Path, services: Mapping[str, object]) -> dict[Path, str]:
    """Path from the root -> the README with its picture, for each service with a state machine."""
    found = {}
    for name in services:
        for definition in sorted((root / name).glob(PATTERN)):
            readme = Path(name) / "README.md"
            found[readme] = text((root / readme).read_text(encoding="utf-8"), definition)
    return found


def text(readme: str, definition: Path) -> str:
    block = re.compile(rf"{re.escape(begin(definition))}\n.*?{re.escape(END)}", re.DOTALL)
    if block.search(readme) is None:
        raise Problem(f"README.md: the lines `{begin(definition)}` and `{END}` are missing; add them for the picture")
    drawn = picture(read_yaml(definition))
    return block.sub(lambda _: f"{begin(definition)}\n```mermaid\n{drawn}```\n{END}", readme)


def picture(definition: Mapping[str, Any]) -> str:
    """A state diagram in Mermaid's language: each transition, with what leads to it."""
    lines = ["stateDiagram-v2", f"    [*] --> {definition['StartAt']}"]
    for name, state in definition["States"].items():
        if state["Type"] == "Choice":
            lines.append(f"    state {name} <<choice>>")
        lines += [f"    {name} --> {target}{f': {label}' if label else ''}" for target, label in _transitions(state)]
    return "\n".join(lines) + "\n"


def _transitions(state: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """The next states, each with what leads there; nothing for the usual one."""
    for rule in state.get("Choices", ()):
        yield rule["Next"], _words(rule["Condition"])
    if "Default" in state:
        yield state["Default"], "else"
    if "Next" in state:
        yield state["Next"], ""
    for catcher in state.get("Catch", ()):
        yield catcher["Next"], ", ".join(catcher["ErrorEquals"])
    if state.get("End") or state["Type"] in ("Succeed", "Fail"):
        yield "[*]", ""


def _words(condition: str) -> str:
    """The condition without JSONata's brackets, and without colons, which would end a label."""
    return condition.removeprefix("{%").removesuffix("%}").strip().replace("$states.input.", "").replace(":", " ")
