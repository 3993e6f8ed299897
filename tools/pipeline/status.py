"""`make pipeline-status`: where each service is, one line each: the commit that each stage has, and what it waits for.

Exit code 1 when a stage has failed and nothing will retry it.
"""

import sys
from collections.abc import Mapping
from typing import Any

from tools.pipeline.watching import BUILD, Pipelines
from tools.project.aws import readable, target
from tools.project.command import Parser, end
from tools.project.environments import chosen
from tools.project.problems import Problem, WrongUse

MARKS = {"Succeeded": "ok", "InProgress": "runs", "Failed": "FAILED", "Stopped": "stopped", "Cancelled": "cancelled"}


def main(argv: list[str]) -> int:
    Parser(prog="make pipeline-status", description=__doc__).parse_args(argv)
    try:
        environment = chosen()
        with readable(environment):
            return show(Pipelines(target(environment).client("codepipeline")), environment.name)
    except Problem as problem:
        sys.stderr.write(f"error: {problem}\n")
        return 2 if isinstance(problem, WrongUse) else 1


def show(pipelines: Pipelines, environment: str) -> int:
    names = pipelines.names()
    if not names:
        raise Problem(f"there are no pipelines in {environment}: `make bootstrap-pipeline`")
    failed = False
    for name in sorted(names, key=lambda each: (each != BUILD, each)):
        commits = {each.id: each.commit for each in pipelines.executions(name, 100)}
        stages = pipelines.stages(name)
        cells = [cell(stage, commits) for stage in stages if stage["stageName"] != "source"]
        print(f"{name.removeprefix('ecommerce-'):<18} {'  '.join(f'{text:<26}' for text in cells)}".rstrip())
        for stage in stages:
            for message in messages(stage):
                failed = True
                print(f"{'':<18} {stage['stageName']}: {message}")
    return 1 if failed else 0


def cell(stage: Mapping[str, Any], commits: Mapping[str, str]) -> str:
    latest = stage.get("latestExecution")
    if latest is None:
        return f"{stage['stageName']} -"
    waits = any("token" in each.get("latestExecution", {}) for each in stage["actionStates"])
    status = (
        "waits for approval"
        if waits and latest["status"] == "InProgress"
        else MARKS.get(latest["status"], latest["status"])
    )
    return f"{stage['stageName']} {commits.get(latest['pipelineExecutionId'], '')} {status}"


def messages(stage: Mapping[str, Any]) -> list[str]:
    if stage.get("latestExecution", {}).get("status") != "Failed":
        return []
    found = []
    for action in stage["actionStates"]:
        latest = action.get("latestExecution", {})
        if latest.get("status") == "Failed":
            found.append(f"{action['actionName']}: {latest.get('errorDetails', {}).get('message', 'no reason given')}")
    return found


if __name__ == "__main__":
    end(main)
