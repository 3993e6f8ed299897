"""State machines of a template. One that the local cloud's executor does not run stops the simulator."""

import re
from collections.abc import Mapping
from typing import Any

from tools.local.aws.json_api import ApiError
from tools.local.aws.stepfunctions.definition import is_ours
from tools.local.aws.stepfunctions.expressions import expressions_in
from tools.local.aws.stepfunctions.machines import check_definition
from tools.sim.not_simulated import NotSimulated
from tools.sim.templates.arns import machine_arn
from tools.sim.templates.blueprint import Role, StateMachine

KNOWN = {"DefinitionString", "DefinitionSubstitutions", "RoleArn", "StateMachineName", "StateMachineType"}
KNOWN |= {"Tags", "TracingConfiguration"}
# Functions of JSONata that a run could not repeat.
BY_CHANCE = re.compile(r"\$(random|uuid|now|millis|shuffle)\b")


def machine_of(own: str, properties: Mapping[str, Any], role: Role) -> StateMachine:
    """Raises NotSimulated."""
    if unknown := set(properties) - KNOWN:
        raise NotSimulated(f"{own} (AWS::StepFunctions::StateMachine) has {', '.join(sorted(unknown))}")
    text = str(properties["DefinitionString"])
    for name, value in (properties.get("DefinitionSubstitutions") or {}).items():
        text = text.replace(f"${{{name}}}", str(value))
    try:
        definition = check_definition(text)
    except ApiError as error:
        raise NotSimulated(f"{own}: {error}") from None
    if not is_ours(definition, properties.get("StateMachineType", "STANDARD")):
        raise NotSimulated(f"{own} is a state machine that the local cloud's executor does not run")
    for place, expression in expressions_in(definition):
        if found := BY_CHANCE.search(expression):
            raise NotSimulated(f"{own}: {found[0]} in {place}")
    name = str(properties.get("StateMachineName", own))
    return StateMachine(name, machine_arn(own, properties), text, role)
