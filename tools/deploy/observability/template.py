"""Adds the dashboard, the alarms and the composite alarm of a service to its template."""

import copy
from collections.abc import Mapping, Sequence
from typing import Any

from tools.deploy.observability import alarms, dashboard
from tools.deploy.observability.alarms import OF_FUNCTIONS, Alarm
from tools.deploy.observability.parts import DEAD_LETTERS, PREFIX, Parts
from tools.project import observability
from tools.project.observability import TOPIC, Description
from tools.project.problems import Problem
from tools.project.services import SSM_TYPE, Service

DASHBOARDS, FUNCTION_ALARMS = "Dashboards", "FunctionAlarms"
WITH_DASHBOARD = "HasDashboard"
ALARM_NAME_PARAMETER, DASHBOARD = "AlarmNameParameter", "Dashboard"
COMPOSITE, OF_SERVICE, OF_PLATFORM = "NeedsAttention", "needs-attention", "platform-needs-attention"
SWITCH: Mapping[str, Any] = {"Type": "String", "Default": "true", "AllowedValues": ["true", "false"]}

Template = dict[str, Any]


def with_observability(template: Mapping[str, Any], service: Service) -> Template:
    """The same template for a service without `observability.yaml`."""
    description = observability.read(service.folder)
    if description is None:
        return dict(template)
    document: Template = copy.deepcopy(dict(template))
    parts = Parts(service.name, template)
    topic = {"Ref": "AlarmTopic" if "AlarmTopic" in document["Resources"] else TOPIC}
    made = list(alarms.of(parts, description, topic))
    _check_ids(template, made, service)
    _declare(document, service, has_functions=any(alarm.condition for alarm in made))
    document["Resources"].update({alarm.id: alarm.body for alarm in made})
    others = observability.observed(service.folder.parent) if description.watches_all else []
    document["Resources"][COMPOSITE] = _composite(parts, made, [name for name in others if name != service.name], topic)
    document["Resources"][ALARM_NAME_PARAMETER] = {
        "Type": "AWS::SSM::Parameter",
        "Properties": {
            "Name": {"Fn::Sub": observability.alarm_parameter(service.name).replace("{", "${")},
            "Type": "String",
            "Value": {"Ref": COMPOSITE},
        },
    }
    document["Resources"][DASHBOARD] = _dashboard(parts, service, description, made, others)
    return document


def _check_ids(template: Mapping[str, Any], made: Sequence[Alarm], service: Service) -> None:
    """Raise a Problem for a resource that would replace another one."""
    taken = {*template["Resources"]} & {*(alarm.id for alarm in made), COMPOSITE, ALARM_NAME_PARAMETER, DASHBOARD}
    twice = {alarm.id for alarm in made if sum(alarm.id == other.id for other in made) > 1}
    if clashes := sorted(taken | twice):
        raise Problem(
            f"{service.name}/{observability.FILE}: the template would have {', '.join(clashes)} twice; rename "
            "the alarm or the resource of the template"
        )


def _declare(document: Template, service: Service, has_functions: bool) -> None:
    """The parameters and conditions of the generated resources."""
    declared = document.setdefault("Parameters", {})
    conditions = document.setdefault("Conditions", {})
    for name, default in service.consumed_parameters.items():
        if name not in declared:
            declared[name] = {"Type": f"{SSM_TYPE}String>", "Default": default}
    text = "Whether the service has a dashboard, for $3 a month"
    declared[DASHBOARDS] = {**SWITCH, "Description": text}
    conditions[WITH_DASHBOARD] = {"Fn::Equals": [{"Ref": DASHBOARDS}, "true"]}
    if has_functions:
        text = "Whether each function has an alarm on its errors, for $0.20 to $0.30 a month"
        declared[FUNCTION_ALARMS] = {**SWITCH, "Description": text}
        conditions[OF_FUNCTIONS] = {"Fn::Equals": [{"Ref": FUNCTION_ALARMS}, "true"]}


def _composite(parts: Parts, made: Sequence[Alarm], others: Sequence[str], topic: Any) -> Template:
    """An alarm in ALARM while one of the service's is; for the platform while one of a service is."""
    always = [*(each.id for each in parts.alarms), *(alarm.id for alarm in made if not alarm.condition)]
    always += [observability.template_parameter(name) for name in others]
    rules: list[Any] = []
    if parts.dead_letters:
        rule: Any = alarms.in_alarm([f"{DEAD_LETTERS}.Outputs.AlarmName"])
        condition = parts.dead_letters.get("Condition")
        if condition:
            rules.append({"Fn::If": [condition, rule, "FALSE"]})
        else:
            always.insert(0, f"{DEAD_LETTERS}.Outputs.AlarmName")
    if always:
        rules.insert(0, alarms.in_alarm(always))
    if of_functions := [alarm.id for alarm in made if alarm.condition]:
        rules.append({"Fn::If": [OF_FUNCTIONS, alarms.in_alarm(of_functions), "FALSE"]})
    whole = rules[0] if len(rules) == 1 else {"Fn::Join": [" OR ", rules]}
    if others:
        means = "The platform needs attention: an alarm of a service is in ALARM."
        return alarms.composite(parts.service, OF_PLATFORM, whole, means, topic)
    return alarms.composite(parts.service, OF_SERVICE, whole, f"An alarm of {parts.service} is in ALARM.")


def _dashboard(
    parts: Parts, service: Service, description: Description, made: Sequence[Alarm], others: Sequence[str]
) -> Template:
    names = [each.name for each in parts.alarms] + [alarm.name for alarm in made if not alarm.condition]
    if others:
        names += [f"{PREFIX}{name}-{OF_SERVICE}" for name in others if name != parts.service]
    if parts.dead_letters and "Condition" not in parts.dead_letters:
        names.append(f"{PREFIX}{parts.service}-dead-letters")
    title = "the platform" if others else f"{parts.service}: {service.metadata['description']}"
    own = [dashboard.business(chart, parts.service) for chart in description.charts]
    rows = [
        [dashboard.heading(f"## {title}\n`ENVIRONMENT=${{Environment}} make alarms` says what to do about an alarm")],
        [dashboard.alarm_list("Alarms", names)] if names else [],
        *([own[at] for at in range(first, min(first + 3, len(own)))] for first in range(0, len(own), 3)),
        *dashboard.of_parts(parts),
    ]
    return {
        "Type": "AWS::CloudWatch::Dashboard",
        "Condition": WITH_DASHBOARD,
        "Properties": {
            "DashboardName": {"Fn::Sub": PREFIX.removesuffix("-") if others else f"{PREFIX}{parts.service}"},
            "DashboardBody": dashboard.body(rows),
        },
    }
