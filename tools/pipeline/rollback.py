"""`make rollback-<service>`: deploy a stored commit again.

Without COMMIT: the production stage goes back to the commit that succeeded there before (CodePipeline's rollback of a
stage). It skips the tests, so it is quick, and it is possible for 180 days and as long as the pipeline has not changed
since. With COMMIT=<hash> the pipeline starts with that stored commit and goes through all stages. LIST=1 shows the
stored commits. A rollback brings back code and templates, not data (pipeline/README.md).
"""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import Any

from botocore.exceptions import ClientError

from tools.pipeline import STAGES
from tools.pipeline.commits import Commits, Version
from tools.pipeline.watching import PREFIX, Execution, Pipelines
from tools.project.aws import Target, readable, target
from tools.project.command import Parser, end
from tools.project.environments import Environment, chosen
from tools.project.problems import Problem, WrongUse
from tools.project.services import of_platform

PROD = STAGES[-1]
# A day less than the rule `artifacts-of-executions` of pipeline/template.yaml.
ARTIFACTS_STAY = timedelta(days=179)
REFUSED = ("UnableToRollbackStageException", "PipelineExecutionOutdatedException")


def main(argv: list[str]) -> int:
    parser = Parser(prog="make rollback-<service>", description=__doc__)
    parser.add_argument("service")
    parser.add_argument("--commit", default="", help="a stored commit, or the beginning of its hash")
    parser.add_argument("--list", action="store_true", help="show the stored commits, newest first")
    asked = parser.parse_args(argv)
    try:
        if asked.service not in of_platform():
            raise WrongUse(f"unknown service {asked.service}; known services: {', '.join(of_platform())}")
        environment = chosen()
        with readable(environment), set_up(environment):
            print(run(target(environment), asked.service, asked.commit, only_list=asked.list))
    except Problem as problem:
        sys.stderr.write(f"error: {problem}\n")
        return 2 if isinstance(problem, WrongUse) else 1
    return 0


@contextmanager
def set_up(environment: Environment) -> Iterator[None]:
    """Say which command is missing where there are no pipelines."""
    try:
        yield
    except ClientError as error:
        if error.response["Error"]["Code"] not in ("PipelineNotFoundException", "NoSuchBucket"):
            raise
        raise Problem(f"there are no pipelines in {environment.name}: `make bootstrap-pipeline`") from None


def run(place: Target, service: str, commit: str, *, only_list: bool) -> str:
    client = place.client("codepipeline")
    if only_list or commit:
        bucket = f"ecommerce-{place.environment.name}-pipeline-{place.account}"
        versions = Commits(place.s3, bucket).versions(service)
        if only_list:
            lines = [f"{each.revision.commit[:12]}  {each.when:%Y-%m-%d %H:%M}  {each.subject}" for each in versions]
            return "\n".join(lines) or f"no commit of {service} is stored"
        return deploy_again(client, service, commit, versions)
    return back(client, service, datetime.now(UTC))


def deploy_again(client: Any, service: str, commit: str, versions: list[Version]) -> str:
    found = next((each for each in versions if each.revision.commit.startswith(commit)), None)
    if found is None:
        raise Problem(f"no commit {commit} of {service} is stored; `make rollback-{service} LIST=1` shows what is")
    answer = client.start_pipeline_execution(
        name=PREFIX + service,
        sourceRevisions=[{"actionName": "Source", "revisionType": "S3_OBJECT_VERSION_ID", "revisionValue": found.id}],
    )
    return f"{service}: {found.revision} goes through all stages again, execution {answer['pipelineExecutionId']}"


def back(client: Any, service: str, now: datetime) -> str:
    earlier = before(Pipelines(client), client, service)
    if now - earlier.started > ARTIFACTS_STAY:
        raise Problem(
            f"the artifacts of {earlier.commit} are older than {ARTIFACTS_STAY.days} days, so they may be deleted; "
            f"deploy the commit again: make rollback-{service} COMMIT={earlier.commit}"
        )
    try:
        answer = client.rollback_stage(
            pipelineName=PREFIX + service, stageName=PROD, targetPipelineExecutionId=earlier.id
        )
    except ClientError as error:
        if error.response["Error"]["Code"] not in REFUSED:
            raise
        raise Problem(
            f"CodePipeline cannot go back ({error.response['Error']['Message']}); "
            f"deploy the commit again: make rollback-{service} COMMIT={earlier.commit}"
        ) from None
    return f"{service}: {PROD} goes back to {earlier.commit}, execution {answer['pipelineExecutionId']}"


def before(pipelines: Pipelines, client: Any, service: str) -> Execution:
    """The newest execution in production with an older commit than the present one. So a second rollback goes further
    back, and not to the commit that the first one took away."""
    answer = client.list_pipeline_executions(
        pipelineName=PREFIX + service, filter={"succeededInStage": {"stageName": PROD}}, maxResults=100
    )
    ids = [each["pipelineExecutionId"] for each in answer["pipelineExecutionSummaries"]]
    known = {each.id: each for each in pipelines.executions(PREFIX + service, 100)}
    there = [known[each] for each in ids if each in known]
    earlier = [each for each in there if each.number < there[0].number]
    if not earlier:
        raise Problem(
            f"{service} has no earlier commit in {PROD} under its pipeline's present structure; "
            f"`make rollback-{service} LIST=1` shows what is stored"
        )
    return earlier[0]


if __name__ == "__main__":
    end(main)
