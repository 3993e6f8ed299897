"""Build/CodeBuild and Test/CodeBuild. The page "AWS CodeBuild build and test action reference"."""

import json

from tools.local.aws.codebuild.starting import PipelineInput, Starter
from tools.local.aws.codepipeline.providers import ActionFailed, Done, Later, Run
from tools.local.aws.json_api import Document

POLL = 0.3


class CodeBuild:
    """Starts a build with the artifacts of the action and waits for its end. A restart of the cloud runs the build
    anew, under the same id."""

    def __init__(self, starter: Starter) -> None:
        self._starter = starter

    def step(self, run: Run) -> Later | Done:
        client = run.clients["codebuild"]
        if not run.work.get("build"):
            run.work["build"] = run.external = self._start(run, client)
            run.save()
        found = client.batch_get_builds(ids=[run.work["build"]])["builds"]
        if not found:
            raise ActionFailed("JobFailed", f"Build {run.work['build']} does not exist")
        build = found[0]
        if not build["buildComplete"]:
            return Later(POLL)
        if build["buildStatus"] != "SUCCEEDED":
            raise ActionFailed("JobFailed", _reason(build))
        exported = {one["name"]: one["value"] for one in build.get("exportedEnvironmentVariables", [])}
        return Done(f"Build {build['id']} succeeded.", exported)

    def _start(self, run: Run, client: object) -> str:
        primary = run.configuration.get("PrimarySource") or next(iter(run.inputs))
        if primary not in run.inputs:
            raise ActionFailed("ConfigurationError", f"PrimarySource {primary} is not an input artifact of {run.place}")
        given = PipelineInput(
            initiator=f"codepipeline/{run.pipeline}",
            sources=dict(run.inputs),
            outputs=dict(run.outputs),
            version=run.inputs[primary].get("revision", ""),
            encryption_key=run.encryption_key,
            primary=primary,
        )
        self._starter.expect(run.action_id, given)
        answer = client.start_build(  # type: ignore[attr-defined]  # a boto3 client
            projectName=run.configuration["ProjectName"],
            environmentVariablesOverride=_variables(run),
            idempotencyToken=run.action_id,
        )
        return str(answer["build"]["id"])


def _variables(run: Run) -> list[Document]:
    text = run.configuration.get("EnvironmentVariables")
    if not text:
        return []
    try:
        found = json.loads(text)
    except ValueError:
        raise ActionFailed("ConfigurationError", f"EnvironmentVariables of {run.place} is not JSON") from None
    if not isinstance(found, list) or not all(
        isinstance(one, dict) and {"name", "value"} <= one.keys() for one in found
    ):
        raise ActionFailed(
            "ConfigurationError", f"EnvironmentVariables of {run.place} must be a list of name, value, type"
        )
    return [{"type": "PLAINTEXT", **one, "value": str(one["value"])} for one in found]


def _reason(build: Document) -> str:
    """The first failed phase, as CodePipeline names it."""
    for phase in build.get("phases", []):
        if phase.get("phaseStatus") not in (None, "SUCCEEDED", "IN_PROGRESS"):
            context: Document = next(iter(phase.get("contexts", [])), {})
            return (
                f"Build terminated with state: {build['buildStatus']}. Phase: {phase['phaseType']},"
                f" Code: {context.get('statusCode', '')}, Message: {context.get('message', '')}"
            )
    return f"Build terminated with state: {build['buildStatus']}"
