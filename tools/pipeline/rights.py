"""`python -m tools.pipeline.rights`: write pipeline/roles/, a template for each service with its two roles.

The pipeline of the service assumes `deploy` in an environment: it may change one stack. CloudFormation assumes `stack`:
it may make, change and delete resources of the types that the service's templates have, by the actions that
CloudFormation's resource schemas declare (`handlers`), and only the service's own (rights.yaml).
"""

import functools
import json
import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from importlib import resources
from pathlib import Path
from typing import Any

import yaml

from tools import ROOT
from tools.check.rules.aws.transformed import of_service
from tools.project.command import end
from tools.project.documents import read_yaml
from tools.project.problems import Problem
from tools.project.services import of_platform

RIGHTS = ROOT / "tools" / "pipeline" / "rights.yaml"
FOLDER = ROOT / "pipeline" / "roles"
COMMAND = "python -m tools.pipeline.rights"
HANDLERS = ("create", "read", "update", "delete")
# IAM's quota for all inline policies of a role, without white space.
POLICY_LIMIT = 10_240


@functools.cache
def declared_actions() -> dict[str, frozenset[str]]:
    """Resource type -> actions that CloudFormation's schema of it declares. cfn-lint ships the schemas."""
    found: dict[str, frozenset[str]] = {}
    folder = resources.files("cfnlint.data.schemas").joinpath("resources")
    for file in folder.iterdir():
        schema = json.loads(file.read_text())
        handlers = schema.get("handlers", {})
        actions = frozenset(each for name in HANDLERS for each in handlers.get(name, {}).get("permissions", ()))
        found[schema["typeName"]] = found.get(schema["typeName"], frozenset()) | actions
    return found


@functools.cache
def rights() -> dict[str, Any]:
    return read_yaml(RIGHTS)


def actions_of(types: Iterable[str]) -> dict[str, list[str]]:
    """Namespace -> actions that stacks with resources of these types need."""
    found: dict[str, set[str]] = {}
    for kind in types:
        if kind not in rights()["types"]:
            raise Problem(f"tools/pipeline/rights.yaml: say under `types` what {kind} needs, and run `{COMMAND}`")
        wanted = rights()["types"][kind]
        for action in declared_actions().get(kind, ()):
            namespace = action.partition(":")[0]
            if namespace in wanted and action not in rights()["never"]:
                found.setdefault(namespace, set()).add(action)
    return {namespace: sorted(found[namespace]) for namespace in sorted(found)}


def statements(types: Iterable[str]) -> Iterator[dict[str, Any]]:
    for namespace, actions in actions_of(types).items():
        places = rights()["resources"].get(namespace)
        if not places:
            raise Problem(f"tools/pipeline/rights.yaml: say under `resources` which of {namespace} a stack may change")
        narrow = [each for each in actions if each not in rights()["any_resource"]]
        wide = [each for each in actions if each in rights()["any_resource"]]
        if narrow:
            yield _allow(narrow, [{"Fn::Sub": place} for place in places])
        if wide:
            yield {"Effect": "Allow", "Action": wide, "Resource": "*"}
    environment = "arn:${AWS::Partition}:ssm:${AWS::Region}:${AWS::AccountId}:parameter/ecommerce/${Environment}/*"
    yield _allow(["ssm:GetParameters"], [{"Fn::Sub": environment}])
    yield _allow(["s3:GetObject", "s3:GetObjectVersion"], [{"Fn::Sub": "arn:${AWS::Partition}:s3:::${Bucket}/*"}])
    yield _allow(["kms:Decrypt"], [{"Ref": "KeyArn"}])


def template(service: str, types: Iterable[str]) -> dict[str, Any]:
    cloudformation = "arn:${AWS::Partition}:cloudformation:${AWS::Region}"
    stack = f"{cloudformation}:${{AWS::AccountId}}:stack/ecommerce-${{Environment}}-${{Service}}/*"
    pipeline = "arn:${AWS::Partition}:iam::${PipelineAccount}:role/ecommerce-${PipelineEnvironment}-pipeline-${Service}"
    transform = f"{cloudformation}:aws:transform/Serverless-2016-10-31"
    deploy = [
        _allow(
            [
                "cloudformation:CreateChangeSet",
                "cloudformation:DeleteChangeSet",
                "cloudformation:DescribeChangeSet",
                "cloudformation:DescribeStackEvents",
                "cloudformation:DescribeStacks",
                "cloudformation:ExecuteChangeSet",
                "cloudformation:GetTemplate",
            ],
            [{"Fn::Sub": stack}],
        ),
        _allow(["cloudformation:CreateChangeSet"], [{"Fn::Sub": transform}]),
        {
            **_allow(["iam:PassRole"], [{"Fn::GetAtt": "StackRole.Arn"}]),
            "Condition": {"StringEquals": {"iam:PassedToService": "cloudformation.amazonaws.com"}},
        },
        _allow(["s3:GetObject", "s3:GetObjectVersion"], [{"Fn::Sub": "arn:${AWS::Partition}:s3:::${Bucket}/*"}]),
        _allow(["kms:Decrypt", "kms:DescribeKey"], [{"Ref": "KeyArn"}]),
    ]
    names = ("Environment", "PipelineEnvironment", "PipelineAccount", "Bucket", "KeyArn")
    return {
        "AWSTemplateFormatVersion": "2010-09-09",
        "Description": f"The roles that deploy {service} to one environment; a nested stack",
        "Parameters": {name: {"Type": "String"} for name in names}
        | {"Service": {"Type": "String", "Default": service}},
        "Resources": {
            "DeployRole": _role("deploy", {"AWS": {"Fn::Sub": pipeline}}, deploy),
            "StackRole": _role("stack", {"Service": "cloudformation.amazonaws.com"}, list(statements(types))),
        },
    }


def _role(purpose: str, principal: Mapping[str, Any], allowed: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    size = len(json.dumps(allowed).replace(" ", ""))
    if size > POLICY_LIMIT:
        raise Problem(f"a role {purpose} has {size} characters of policies, over IAM's {POLICY_LIMIT}")
    trust = {"Effect": "Allow", "Principal": principal, "Action": "sts:AssumeRole"}
    return {
        "Type": "AWS::IAM::Role",
        "Properties": {
            "RoleName": {"Fn::Sub": f"ecommerce-${{Environment}}-pipeline-${{Service}}-{purpose}"},
            "AssumeRolePolicyDocument": {"Version": "2012-10-17", "Statement": [trust]},
            "Policies": [
                {
                    "PolicyName": purpose,
                    "PolicyDocument": {"Version": "2012-10-17", "Statement": list(allowed)},
                }
            ],
        },
    }


def _allow(actions: Sequence[str], places: Sequence[Any]) -> dict[str, Any]:
    return {"Effect": "Allow", "Action": list(actions), "Resource": list(places)}


def types_of(service: str, root: Path = ROOT) -> list[str]:
    """The types of resources in the service's transformed templates."""
    found = {each["Type"] for made in of_service(root, service) for each in made.resources.values()}
    return sorted(found)


def text_of(service: str, root: Path = ROOT) -> str:
    """The content of the service's file in pipeline/roles/."""
    document = template(service, types_of(service, root))
    return f"# Generated: `{COMMAND}`\n" + yaml.safe_dump(document, sort_keys=False, width=118)


def generated() -> dict[Path, str]:
    """The content of each file of pipeline/roles/."""
    return {FOLDER / f"{name}.yaml": text_of(name) for name in of_platform()}


def stale() -> list[Path]:
    """The files that differ from what the templates ask for, and those of services that are gone."""
    wanted = generated()
    gone = [path for path in FOLDER.glob("*.yaml") if path not in wanted]
    return [path for path, text in wanted.items() if not path.is_file() or path.read_text() != text] + gone


def main(argv: list[str]) -> int:
    del argv
    FOLDER.mkdir(exist_ok=True)
    try:
        old, wanted = stale(), generated()
    except Problem as problem:
        sys.stderr.write(f"error: {problem}\n")
        return 1
    for path in old:
        if path in wanted:
            path.write_text(wanted[path])
        else:
            path.unlink()
        print(path.relative_to(ROOT))
    print(f"{len(wanted)} templates of roles, {len(old)} written")
    return 0


if __name__ == "__main__":
    end(main)
