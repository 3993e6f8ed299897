"""The permissions boundary of a service: the most that the roles of its stack may do, whatever their policies say.

The stack role may make roles with this boundary only. So a commit can give a function no right that the service's
templates did not have when a person ran `make bootstrap-pipeline`.
"""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from fnmatch import fnmatchcase
from typing import Any

from tools.pipeline.iam_actions import takes_a_resource
from tools.project.problems import Problem

RESOURCE = "Boundary"
# All that a role may do with functions of other services.
CALL = "lambda:InvokeFunction"
# IAM's quota for a managed policy, without white space.
LIMIT = 6_144


def actions_of_roles(resources: Iterable[Mapping[str, Any]], managed: Mapping[str, Sequence[str]]) -> set[str]:
    """What the policies of these roles allow."""
    found: set[str] = set()
    for resource in resources:
        if resource["Type"] != "AWS::IAM::Role":
            continue
        properties = resource["Properties"]
        for statement in allowing([resource]):
            actions = statement["Action"]
            found |= {actions} if isinstance(actions, str) else set(actions)
        for arn in properties.get("ManagedPolicyArns", ()):
            name = (arn["Fn::Sub"] if isinstance(arn, Mapping) else arn).rpartition("/")[2]
            if name not in managed:
                raise Problem(f"tools/pipeline/rights.yaml: say under `managed` what {name} allows")
            found |= set(managed[name])
    if wild := sorted(each for each in found if "*" in each):
        raise Problem(f"a role of a template allows {', '.join(wild)}; name the actions")
    return found


def allowing(resources: Iterable[Mapping[str, Any]]) -> Iterator[Mapping[str, Any]]:
    """The statements of the policies of these roles that allow something."""
    for resource in resources:
        if resource["Type"] == "AWS::IAM::Role":
            yield from _statements(resource["Properties"].get("Policies", []))


def _statements(node: Any) -> Iterator[Mapping[str, Any]]:
    """The statements that allow something, also those behind conditions."""
    if isinstance(node, Mapping):
        if node.get("Effect") == "Allow":
            yield node
        else:
            for each in node.values():
                yield from _statements(each)
    elif isinstance(node, list):
        for each in node:
            yield from _statements(each)


def statements(
    service: str,
    actions: Collection[str],
    limits: Mapping[str, Sequence[Any]],
    own: Mapping[str, Sequence[str]],
    functions: Sequence[str] = (),
) -> Iterator[dict[str, Any]]:
    """The statements of the boundary: each namespace on the resources of `limits`, or else of `own`.

    `limits`: resources of a namespace from rights.yaml; `own`: the service's resources; `functions`: those of other
    services that its roles call.
    """
    on_any = sorted(each for each in actions if not takes_a_resource(each))
    for namespace in sorted({each.partition(":")[0] for each in actions}):
        on_own = sorted(each for each in actions if each.startswith(f"{namespace}:") and each not in on_any)
        if not on_own:
            continue
        given = limits.get(namespace)
        arns = own.get(namespace, ()) if given is None else _arns(given, service)
        if not arns:
            raise Problem(f"tools/pipeline/rights.yaml: say under `boundary` which of {namespace} a role may use")
        resource = "*" if list(arns) == ["*"] else [{"Fn::Sub": arn} for arn in arns]
        statement: dict[str, Any] = {"Effect": "Allow", "Action": on_own, "Resource": resource}
        if namespace == "events":  # as its roles: no function publishes events of another service
            statement["Condition"] = {"StringEquals": {"events:source": {"Fn::Sub": "ecommerce.${Service}"}}}
        yield statement
        if namespace == "lambda" and (
            called := [each for each in functions if not any(fnmatchcase(each, arn) for arn in arns)]
        ):
            yield {"Effect": "Allow", "Action": [CALL], "Resource": [{"Fn::Sub": arn} for arn in called]}
    if on_any:
        yield {"Effect": "Allow", "Action": on_any, "Resource": "*"}


def _arns(given: Sequence[Any], service: str) -> list[str]:
    return [
        each if isinstance(each, str) else each["arn"]
        for each in given
        if isinstance(each, str) or each["service"] == service
    ]
