"""The functions of other services that the roles of a service's stack call: its permissions boundary allows it too.

A template takes the ARN of such a function as an SSM parameter, which the template of the other service publishes.
"""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from tools import ROOT
from tools.check.rules.aws.transformed import of_service
from tools.pipeline.boundaries import CALL, allowing
from tools.project.problems import Problem
from tools.project.services import CONSUMED, names


def called_functions(service: str, root: Path = ROOT) -> list[str]:
    """Their ARNs with variables, and with any version or alias."""
    taken = {name for template in of_service(root, service) for name in _taken(template.body)}
    return sorted({_function(name, root) for name in taken})


def _taken(template: Mapping[str, Any]) -> Iterator[str]:
    """Names of SSM parameters of other services that statements of the template's roles let call."""
    parameters = template.get("Parameters") or {}
    for statement in allowing(template["Resources"].values()):
        actions, places = (
            each if isinstance(each, list) else [each] for each in (statement["Action"], statement["Resource"])
        )
        for place in places if CALL in actions else ():
            logical = place.get("Ref") if isinstance(place, Mapping) else None
            name = str(parameters.get(logical, {}).get("Default", ""))
            if CONSUMED.fullmatch(name):
                yield name


def _function(parameter: str, root: Path) -> str:
    """The ARN of the function whose alias the other service publishes under this name."""
    match = CONSUMED.fullmatch(parameter)
    for template in of_service(root, match["service"]) if match and match["service"] in names(root) else ():
        for resource in template.resources.values():
            properties = resource.get("Properties") or {}
            if properties.get("Name") != {"Fn::Sub": parameter.replace("{Environment}", "${Environment}")}:
                continue
            alias = template.resources.get(_ref(properties["Value"]), {})
            function = template.resources.get(_ref(alias.get("Properties", {}).get("FunctionName")), {})
            name = function.get("Properties", {}).get("FunctionName")
            if isinstance(name, Mapping) and isinstance(name.get("Fn::Sub"), str):
                return (
                    f"arn:${{AWS::Partition}}:lambda:${{AWS::Region}}:${{AWS::AccountId}}:function:{name['Fn::Sub']}:*"
                )
    raise Problem(
        f"a role calls the function of {parameter}, which no template publishes as the alias of a function with a name"
    )


def _ref(value: Any) -> str:
    return str(value.get("Ref", "")) if isinstance(value, Mapping) else ""
