"""Definitions of state machines: the structure of Amazon States Language, JSONata that parses, states that are reached,
no task that waits for ever, and retries of Lambda's transient errors.

The rules of the language are those by which the local cloud refuses a definition. cfn-lint has its own schema of it,
which it applies to the packaged template (`packaged_templates.py`).
"""

import json
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from tools.check.rules.findings import Finding, Repository
from tools.local.aws.stepfunctions.definition import WAIT_FOR_TOKEN, is_ours, wrong_in
from tools.local.aws.stepfunctions.retrying import TRANSIENT, first_match
from tools.project.documents import line_of, read_yaml
from tools.project.problems import Problem
from tools.project.services import read_template

TYPES = ("AWS::Serverless::StateMachine", "AWS::StepFunctions::StateMachine")
_PLACEHOLDER = re.compile(r"\$\{(\w+)\}")
_STATE = re.compile(r" at /States/([^/\[]+)")
_WAIT = "add TimeoutSeconds or HeartbeatSeconds: without them it waits for three years"
_RETRY = f"name all of them in one retrier, so that they are retried alike: {', '.join(TRANSIENT)}"


def check_state_machines(repository: Repository) -> Iterator[Finding]:
    for _, file in repository.in_services("*.yaml"):
        if not file.endswith("template.yaml") or "/tests/" in file:
            continue
        path = repository.root / file
        try:
            resources = read_template(path)["Resources"]
        except Problem:
            continue  # reported by the check of packaged templates
        for name, resource in resources.items():
            if resource["Type"] in TYPES:
                yield from _of_machine(repository.root, path, name, resource.get("Properties") or {})


def _of_machine(root: Path, template: Path, name: str, properties: Mapping[str, Any]) -> Iterator[Finding]:
    source, definition = template, properties.get("Definition")
    uri = properties.get("DefinitionUri") or properties.get("DefinitionS3Location")
    if isinstance(uri, str):
        source = template.parent / uri
        try:
            definition = read_yaml(source)
        except Problem as problem:
            yield Finding(str(template.relative_to(root)), line_of(template, "Resources", name), str(problem), "")
            return
    file = str(source.resolve().relative_to(root.resolve()))
    place = () if source != template else ("Resources", name, "Properties", "Definition")
    if not isinstance(definition, Mapping):
        todo = "write it under DefinitionUri or Definition, so that it is checked"
        yield Finding(file, line_of(template, "Resources", name), f"{name} has no definition that can be read", todo)
        return
    for what, todo, state in wrong(definition, properties.get("DefinitionSubstitutions") or {}):
        keys = (*place, "States", state) if state else place
        yield Finding(file, line_of(source, *keys), f"{name}: {what}", todo)


def wrong(definition: Mapping[str, Any], substitutions: Mapping[str, Any]) -> Iterator[tuple[str, str, str]]:
    """(what, what to do, the state) for each thing that is wrong in a definition."""
    text = json.dumps(definition)
    names = set(_PLACEHOLDER.findall(text))
    for name in sorted(names - set(substitutions)):
        yield f"${{{name}}} is not in DefinitionSubstitutions", "add it, or correct the name", ""
    for name in sorted(set(substitutions) - names):
        yield f"the substitution {name} is not used", "remove it", ""
    # A number stands for every value but the partition: most are parts of an expression, or names.
    partitions = {name for name, value in substitutions.items() if value == {"Ref": "AWS::Partition"}}
    filled = json.loads(_PLACEHOLDER.sub(lambda match: "aws" if match[1] in partitions else "1", text))
    if not is_ours(filled, "STANDARD"):
        todo = "the local cloud enforces the role, and keeps the executions, of such machines only"
        yield "it needs QueryLanguage JSONata, and tasks that are functions", todo, ""
        return
    malformed = [str(one) for one in wrong_in(filled)]
    for one in malformed:
        state = _STATE.search(one)
        yield one, "correct the definition", state[1] if state else ""
    if malformed:
        return
    for name, task in filled["States"].items():
        if task["Type"] != "Task":
            continue
        if task["Resource"] == WAIT_FOR_TOKEN and not {"TimeoutSeconds", "HeartbeatSeconds"} & set(task):
            yield f"the task {name} waits for its token without a limit", _WAIT, name
        retriers = {first_match(error, task.get("Retry", [])) for error in TRANSIENT}
        if len(retriers) > 1 or None in retriers:
            yield f"the task {name}: no retrier takes all of Lambda's transient errors", _RETRY, name
