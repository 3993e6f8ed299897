"""`make bootstrap-pipeline`: set up the pipelines, or with TEARDOWN=1 take them away.

ENVIRONMENT chooses the account of the pipelines. It prints first what it makes and what that costs, and on AWS asks. A
repeated run changes only what differs. An environment of another account (`account` in environments.yaml) gets its
roles by a run with the credentials of that account: ROLES_OF=prod, and the two values that the first run prints.
"""

import os
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

from botocore.exceptions import ClientError

from tools import ROOT
from tools.deploy import linked_role
from tools.deploy.bucket import Bucket
from tools.deploy.change_set import Change
from tools.deploy.deploy import deploy, usable
from tools.deploy.package import Packaged, Packager
from tools.deploy.stacks import Stacks
from tools.pipeline import STAGES
from tools.pipeline.costs import monthly
from tools.project.aws import Target, readable, target
from tools.project.command import Parser, end
from tools.project.environments import Environment, chosen, on_local_cloud, read_all
from tools.project.problems import Problem, WrongUse
from tools.project.services import Service, of_platform, one, read_template

SERVICE = "pipeline"
ROLES = ROOT / "pipeline" / "environment.yaml"
BOUNDARIES = ROOT / "pipeline" / "boundaries.yaml"


@dataclass(frozen=True)
class Plan:
    """The pipelines' account, and the environments that they deploy to."""

    place: Target
    stages: Mapping[str, Environment]

    @property
    def own(self) -> list[str]:
        """The environments in the pipelines' own account."""
        return [name for name, each in self.stages.items() if each.account in ("", self.place.account)]

    @property
    def elsewhere(self) -> list[str]:
        return [name for name in self.stages if name not in self.own]

    def account(self, name: str) -> str:
        return self.stages[name].account or self.place.account

    def at(self, name: str) -> Target:
        """An environment in the pipelines' own account."""
        return replace(self.place, environment=self.stages[name])

    @property
    def bucket(self) -> str:
        return f"ecommerce-{self.place.environment.name}-pipeline-{self.place.account}"


def plan(place: Target) -> Plan:
    known = read_all()
    missing = [name for name in STAGES if name not in known]
    if missing:
        raise Problem(
            f"environments.yaml has no environment {', '.join(missing)}; a pipeline deploys to {', '.join(STAGES)}"
        )
    stages = {name: known[name] for name in STAGES}
    if place.environment.is_local:
        stages = {name: on_local_cloud(each, str(place.endpoint)) for name, each in stages.items()}
    for name, each in stages.items():
        if each.region != place.environment.region:
            raise Problem(
                f"environments.yaml: {name} is in {each.region} and the pipelines are in {place.environment.region}; "
                "Lambda takes code from a bucket of its own region only, so they must be equal"
            )
    return Plan(place, stages)


def describe(made: Plan) -> str:
    place = made.place
    where = (
        "on the local cloud"
        if place.environment.is_local
        else f"in account {place.account}, {place.environment.region}"
    )
    lines = [
        f"The pipelines are {where}. This makes or updates",
        f"  {place.environment.stack(SERVICE)}: a build, {len(of_platform())} pipelines, their bucket and two keys",
        *(
            f"  {roles_stack(name)}, {boundaries_stack(name)}: the roles that deploy and test {name}, "
            f"and the limits of the roles that they make, in account {made.account(name)}"
            for name in STAGES
        ),
    ]
    if not place.environment.is_local:
        lines.append(f"  {linked_role.NAME}: the role by which AppSync sends traces, in accounts that have none")
        lines += ["What it costs in US dollars", *(f"  {line}" for line in monthly(len(of_platform())))]
    return "\n".join(lines)


def refuse_kept(made: Plan) -> None:
    """Raise a Problem when an earlier stack kept the bucket or the repository, which a new one would have to create."""
    place = made.place
    if Stacks(place).is_deployed(place.environment.stack(SERVICE)):
        return
    kept = []
    if _exists(lambda: place.s3.head_bucket(Bucket=made.bucket), "404"):
        kept.append(f"the bucket {made.bucket}")
    given = place.environment.services.get(SERVICE, {})
    if not given.get("ConnectionArn"):
        name = given.get("RepositoryName", "ecommerce")
        find = place.client("codecommit").get_repository
        if _exists(lambda: find(repositoryName=name), "RepositoryDoesNotExistException"):
            kept.append(f"the repository {name}")
    if kept:
        raise Problem(
            f"earlier pipelines kept {' and '.join(kept)}: delete what they kept first, "
            "as docs/deploying.md says under Pipelines, step 7"
        )


def _exists(look: Callable[[], object], absent: str) -> bool:
    try:
        look()
    except ClientError as error:
        if error.response["Error"]["Code"] != absent:
            raise
        return False
    return True


def set_up(made: Plan, say: Callable[[str], None]) -> None:
    refuse_kept(made)
    service, place = one(SERVICE), made.place
    accounts = {f"{name.capitalize()}Account": made.account(name) for name in STAGES}
    given = {**place.environment.services.get(SERVICE, {}), **accounts}
    environment = replace(place.environment, services={**place.environment.services, SERVICE: given})
    say(f"{place.environment.stack(SERVICE)}: {deploy(service, replace(place, environment=environment))}")
    key = output(place, place.environment.stack(SERVICE), "KeyArn")
    for name in made.own:
        deploy_roles(service, made.at(name), roles_values(made, name, key), say)
    for name in made.elsewhere:
        command = f"ENVIRONMENT={place.environment.name} make bootstrap-pipeline ROLES_OF={name}"
        say(f"{roles_stack(name)}: with the credentials of account {made.account(name)} run")
        say(f"  {command} PIPELINE_ACCOUNT={place.account} KEY_ARN={key}")


def roles_values(made: Plan, name: str, key: str) -> dict[str, str]:
    return {
        "Environment": name,
        "IsLast": "true" if name == STAGES[-1] else "false",
        "PipelineEnvironment": made.place.environment.name,
        "PipelineAccount": made.place.account,
        "Bucket": made.bucket,
        "KeyArn": key,
    }


def deploy_roles(service: Service, place: Target, values: dict[str, str], say: Callable[[str], None]) -> None:
    """The permissions boundaries of an environment, and then the roles that may make roles with them only."""
    name = values["Environment"]
    make_linked_role(place, say)
    of_boundaries = {"Environment": name}
    for path, stack, given in (
        (BOUNDARIES, boundaries_stack(name), of_boundaries),
        (ROLES, roles_stack(name), values),
    ):
        packager = Packager(service, Bucket(place))
        body = packager.packaged(path, read_template(path))
        packaged = Packaged(body, packager.store_template(path, body))
        stacks = Stacks(place)
        live = usable(stacks, stacks.find(stack), place, service)
        tags = {"environment": name, "service": SERVICE}
        say(f"{stack}: {Change(stacks, place, stack, live).run(packaged, given, tags)}")


def make_linked_role(place: Target, say: Callable[[str], None]) -> None:
    """What the stack of frontend-api needs, and its role may not make."""
    if not place.environment.is_local and linked_role.make(place.client("iam")):
        say(f"{linked_role.NAME}: created")


def boundaries_stack(name: str) -> str:
    return f"ecommerce-{name}-pipeline-boundaries"


def roles_stack(name: str) -> str:
    return f"ecommerce-{name}-pipeline-roles"


def output(place: Target, stack: str, name: str) -> str:
    found = Stacks(place).find(stack)
    return str(next(each["OutputValue"] for each in (found or {})["Outputs"] if each["OutputKey"] == name))


def take_down(made: Plan, say: Callable[[str], None]) -> None:
    """Delete the pipelines and the roles. What the pipelines deployed stays, as do the repository and the bucket, and
    the boundaries: a role whose boundary is gone may do nothing."""
    for name in made.own:
        _delete(made.at(name), roles_stack(name), say)
        if Stacks(made.at(name)).find(boundaries_stack(name)):
            say(f"  kept: {boundaries_stack(name)}: the roles of what is deployed there have these boundaries")
    _delete(made.place, made.place.environment.stack(SERVICE), say)
    for name in made.elsewhere:
        say(f"{roles_stack(name)} is in account {made.account(name)}: delete it with the credentials of that account")


def _delete(place: Target, name: str, say: Callable[[str], None]) -> None:
    stacks = Stacks(place)
    stack = stacks.find(name)
    if stack is None:
        say(f"{name}: is not deployed")
        return
    kept = stacks.delete(stack)
    say(f"{name}: deleted")
    for event in kept:
        say(f"  kept: {event['LogicalResourceId']} ({event['ResourceType']}) {event.get('PhysicalResourceId', '')}")


def confirmed(place: Target, environ: Mapping[str, str], ask: Callable[[str], str] = input) -> bool:
    if place.environment.is_local or environ.get("YES"):
        return True
    if not sys.stdin.isatty():
        raise WrongUse("there is no terminal to ask on: add YES=1")
    return ask("Go on? [y/N] ").strip().lower() in ("y", "yes")


def main(argv: list[str]) -> int:
    parser = Parser(prog="make bootstrap-pipeline", description=__doc__)
    parser.add_argument("--teardown", action="store_true", help="take the pipelines and their roles away")
    parser.add_argument("--roles-of", metavar="ENVIRONMENT", help="only the roles of an environment, in this account")
    parser.add_argument("--pipeline-account", metavar="ACCOUNT", help="with --roles-of: the account of the pipelines")
    parser.add_argument("--key-arn", metavar="ARN", help="with --roles-of: the key of the pipelines' bucket")
    asked = parser.parse_args(argv)
    try:
        environment = chosen()
        with readable(environment):
            place = target(environment)
            if asked.roles_of:
                return _only_roles(place, asked.roles_of, asked.pipeline_account, asked.key_arn)
            made = plan(place)
            if asked.teardown:
                print(f"This deletes {place.environment.stack(SERVICE)} and the roles of {', '.join(made.own)}")
            else:
                print(describe(made), flush=True)
            if not confirmed(place, os.environ):
                return 1
            (take_down if asked.teardown else set_up)(made, lambda text: print(text, flush=True))
    except Problem as problem:
        sys.stderr.write(f"error: {problem}\n")
        return 2 if isinstance(problem, WrongUse) else 1
    return 0


def _only_roles(place: Target, name: str, account: str | None, key: str | None) -> int:
    if name not in STAGES or not account or not key:
        raise WrongUse(f"ROLES_OF={'|'.join(STAGES)} needs PIPELINE_ACCOUNT and KEY_ARN, which the first run printed")
    values = {
        "Environment": name,
        "IsLast": "true" if name == STAGES[-1] else "false",
        "PipelineEnvironment": place.environment.name,
        "PipelineAccount": account,
        "Bucket": f"ecommerce-{place.environment.name}-pipeline-{account}",
        "KeyArn": key,
    }
    deploy_roles(one(SERVICE), replace(place, environment=read_all()[name]), values, print)
    return 0


if __name__ == "__main__":
    end(main)
