"""References of a template to names that it does not define, found before it is deployed.

cfn-lint does not check what the SAM transform rewrites, such as a function's environment and policies.
"""

import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from tools.project.documents import read_text, relative

SAM = "AWS::Serverless-2016-10-31"
# The transform creates these; the template does not name them.
IMPLICIT = ("ServerlessRestApi", "ServerlessHttpApi", "ServerlessDeploymentApplication", "CodeDeployServiceRole")
_IN_TEXT = re.compile(r"\$\{([^!}][^}]*)\}")


def dangling(path: Path, template: Mapping[str, Any]) -> list[str]:
    """One line for each used name that is not a resource, parameter or condition of the template."""
    transforms = template.get("Transform") or []
    if not set([transforms] if isinstance(transforms, str) else transforms) <= {SAM}:
        return []  # other macros may create names
    resources = template["Resources"]
    known = {*resources, *(template.get("Parameters") or {})}
    # The transform creates `FunctionRole`, `Function.Alias` and so on with the resource.
    created = (
        *IMPLICIT,
        *(name for name, resource in resources.items() if resource["Type"].startswith("AWS::Serverless")),
    )
    conditions = set(template.get("Conditions") or {})
    sections = [template.get(section) for section in ("Globals", "Conditions", "Resources", "Outputs")]
    used = dict.fromkeys(use for section in sections for use in uses(section))
    used |= dict.fromkeys(
        ("resource", name) for resource in resources.values() for name in _listed(resource.get("DependsOn"))
    )
    faults = []
    for kind, name in used:
        fine = name in conditions if kind == "condition" else name in known or name.startswith(("AWS::", *created))
        if not fine:
            faults.append(
                f"{_location(path, name)}: there is no {kind} {name} in this template; correct the name, or add it"
            )
    return faults


def uses(node: Any) -> Iterator[tuple[str, str]]:
    """(kind, name) of each reference in a part of a template; a kind is a resource, parameter or condition."""
    if isinstance(node, list):
        for item in node:
            yield from uses(item)
    if not isinstance(node, dict):
        return
    for key, value in node.items():
        if key == "Ref" and isinstance(value, str):
            yield "resource or parameter", value
        elif key == "Fn::GetAtt" and value:
            first = value[0] if isinstance(value, list) else value
            if isinstance(first, str):
                yield "resource", first.partition(".")[0]
        elif key == "Fn::Sub":
            yield from _uses_of_text(value)
        else:
            if key == "Fn::If" and isinstance(value, list) and value and isinstance(value[0], str):
                yield "condition", value[0]
            yield from uses(value)


def _uses_of_text(value: Any) -> Iterator[tuple[str, str]]:
    text, variables = value if isinstance(value, list) and len(value) == 2 else (value, {})
    if isinstance(text, str) and isinstance(variables, dict):
        for name in map(str.strip, _IN_TEXT.findall(text)):
            if name not in variables:
                yield "resource or parameter", name.partition(".")[0]
        yield from uses(variables)


def _listed(value: Any) -> list[str]:
    return [value] if isinstance(value, str) else [name for name in value or [] if isinstance(name, str)]


def _location(path: Path, name: str) -> str:
    word = re.compile(rf"(?<![\w-]){re.escape(name)}(?![\w-])")
    for number, line in enumerate(read_text(path).splitlines(), 1):
        if word.search(line):
            return f"{relative(path)}:{number}"
    return relative(path)
