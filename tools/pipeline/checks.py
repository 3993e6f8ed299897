"""What CodeBuild runs after a deployment (pipeline/buildspecs/checks.yaml): the tests of the commit, with the rights of
the role `ecommerce-{environment}-pipeline-tests`.

Variables: SERVICE, ENVIRONMENT, ACCOUNT, BUCKET; SUITE: `tests-integ`, or `tests-e2e` of the whole platform.
"""

import os
import subprocess
import sys
from collections.abc import Mapping, Sequence

import boto3

from ecom_client.platform import NOT_DEPLOYED
from tools import ROOT
from tools.deploy.stacks import Stacks
from tools.pipeline.end_to_end import EndToEndRuns
from tools.project import services
from tools.project.aws import Target, readable, target
from tools.project.command import end
from tools.project.environments import Environment, chosen
from tools.project.problems import Problem, WrongUse

END_TO_END = "tests-e2e"


def main(argv: Sequence[str]) -> int:
    del argv
    try:
        environment = chosen()
        with readable(environment):
            return check(environment, os.environ)
    except Problem as problem:
        sys.stderr.write(f"error: {problem}\n")
        return 2 if isinstance(problem, WrongUse) else 1


def check(environment: Environment, environ: Mapping[str, str]) -> int:
    place = target(environment)
    credentials = credentials_of_environment(place, environ["ACCOUNT"])
    suite, service = environ["SUITE"], environ["SERVICE"]
    words = ["make", "--no-print-directory", suite if suite == END_TO_END else f"{suite}-{service}"]
    missing = not_deployed(environment, credentials)
    if suite == END_TO_END and missing:
        print(f"{environment.name} is not a whole platform yet: not deployed are {', '.join(missing)}.")
        print("The tests of the whole platform run after the deployment of the last one.")
        return 0
    known = {**environ, **credentials, NOT_DEPLOYED: ",".join(missing)}

    def run() -> int:
        print(" ".join(words), flush=True)
        return subprocess.run(words, cwd=ROOT, env=known, check=False).returncode

    if suite != END_TO_END:
        return run()
    # With the role of the build: the bucket is in the account of the pipelines.
    runs = EndToEndRuns(place.s3, environ["BUCKET"], environment.name)
    return runs.once(service, run, lambda text: print(text, flush=True))


def credentials_of_environment(place: Target, account: str) -> dict[str, str]:
    """The variables by which SDKs find the credentials of the environment's role."""
    partition = boto3.Session().get_partition_for_region(place.environment.region)
    role = f"arn:{partition}:iam::{account}:role/ecommerce-{place.environment.name}-pipeline-tests"
    answer = place.client("sts").assume_role(RoleArn=role, RoleSessionName="pipeline-tests")["Credentials"]
    return {
        "AWS_ACCESS_KEY_ID": answer["AccessKeyId"],
        "AWS_SECRET_ACCESS_KEY": answer["SecretAccessKey"],
        "AWS_SESSION_TOKEN": answer["SessionToken"],
    }


def not_deployed(environment: Environment, credentials: Mapping[str, str]) -> list[str]:
    session = boto3.Session(
        aws_access_key_id=credentials["AWS_ACCESS_KEY_ID"],
        aws_secret_access_key=credentials["AWS_SECRET_ACCESS_KEY"],
        aws_session_token=credentials["AWS_SESSION_TOKEN"],
        region_name=environment.region,
    )
    stacks = Stacks(Target(environment, session, environment.endpoint or None))
    return [name for name in services.of_platform() if not stacks.is_deployed(environment.stack(name))]


if __name__ == "__main__":
    end(main)
