"""`make restore-<service>`: deploy a service around the tables, user pool or key that an earlier stack kept.

A change set of type IMPORT creates the stack with those resources alone. An ordinary deployment then adds the rest.
"""

import hashlib
import json
import os
from collections.abc import Mapping
from typing import Any

from tools.deploy.bucket import Bucket
from tools.deploy.build import build
from tools.deploy.change_set import Change
from tools.deploy.check_deps import missing
from tools.deploy.deploy import deploy, parameters, usable
from tools.deploy.kept import IMPORTABLE, DeletedStack, deleted_stacks, kept_outside
from tools.deploy.package import Packaged, package
from tools.deploy.stacks import Stacks
from tools.project.aws import Target
from tools.project.problems import Problem
from tools.project.references import uses
from tools.project.services import Service


def restore(service: Service, target: Target, environ: Mapping[str, str] = os.environ) -> str:
    """Take back what the last deleted stack kept, or the stack whose id `FROM` names, then deploy.

    A service whose template keeps nothing, or whose stack has everything already, is deployed only: so a run for all
    services can be repeated. Raises a Problem if a kept resource cannot be taken back, if there is none, or if `FROM`
    is given and nothing is left to take back.
    """
    environment, stacks = target.environment, Stacks(target)
    name = environment.stack(service.name)
    if not any(resource["Type"] in IMPORTABLE for resource in service.template["Resources"].values()):
        return deploy(service, target)
    live = usable(stacks, stacks.find(name), target, service)
    if live:
        outside = kept_outside(live["StackId"], service, target)
        if outside:
            raise Problem(
                f"{name} is deployed without {', '.join(outside)}; to take that back, first "
                f"{environment.command('teardown', service.name)}, then {environment.command('restore', service.name)} "
                "with FROM=<the stack's id, which it prints>"
            )
        if environ.get("FROM"):
            raise Problem(
                f"{name} is deployed and has all that it keeps, so FROM has no effect; to take back another "
                f"stack's, first {environment.command('teardown', service.name)}"
            )
        return deploy(service, target)
    problems = missing(service, target)
    if problems:
        raise Problem("; ".join(problems))
    earlier = _chosen(deleted_stacks(service, target), environ.get("FROM", ""), name)
    for kept in earlier.kept:
        print(f"  takes back: {kept}")
    bucket = Bucket(target)
    build(service, environment)
    packaged = package(service, bucket)
    body = import_template(json.loads(packaged.body), [kept.logical_id for kept in earlier.kept])
    key = f"{service.name}/templates/import-{hashlib.sha256(body.encode()).hexdigest()[:32]}.json"
    bucket.put(key, body.encode)
    declared = json.loads(body).get("Parameters") or {}
    values = {key: value for key, value in parameters(service, target, None).items() if key in declared}
    importing = [kept.to_import for kept in earlier.kept]
    # An import sets no tags. The deployment does.
    Change(stacks, target, name, None, importing).run(Packaged(body, bucket.url(key)), values, {})
    return f"{len(importing)} taken back, {deploy(service, target)}"


def _chosen(stacks: list[DeletedStack], wanted: str, name: str) -> DeletedStack:
    if not stacks:
        raise Problem(
            f"no deleted stack {name} kept anything that still exists; CloudFormation lists deleted stacks for 90 days "
            "(docs/deploying.md)"
        )
    for stack in stacks[1:] if not wanted else ():
        names = ", ".join(kept.physical_id for kept in stack.kept)
        print(f"  not taken: {names}, of the stack created {stack.created:%Y-%m-%d %H:%M}; FROM={stack.id}")
    chosen = next((stack for stack in stacks if wanted in ("", stack.id)), None)
    if chosen is None:
        raise Problem(
            f"FROM={wanted} is no deleted stack that kept something; there are {', '.join(s.id for s in stacks)}"
        )
    return chosen


def import_template(template: Mapping[str, Any], logical_ids: list[str]) -> str:
    """The template with those resources alone, as an import needs it. Nothing deletes them if it fails.

    Properties that refer to other resources are left out; the deployment after the import sets them.
    """
    known = {*logical_ids, *(template.get("Parameters") or {})}
    resources = {}
    for logical_id in logical_ids:
        resource = dict(template["Resources"][logical_id])
        resource.pop("DependsOn", None)
        resource["DeletionPolicy"] = "Retain"
        resource["Properties"] = {
            key: value for key, value in resource["Properties"].items() if _refers_only_to(value, known)
        }
        resources[logical_id] = resource
    document = {
        key: template[key]
        for key in ("AWSTemplateFormatVersion", "Description", "Parameters", "Mappings", "Conditions")
        if key in template
    }
    return json.dumps({**document, "Resources": resources}, indent=1)


def _refers_only_to(node: Any, known: set[str]) -> bool:
    return all(kind == "condition" or name in known or name.startswith("AWS::") for kind, name in uses(node))
