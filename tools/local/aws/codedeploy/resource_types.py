"""AWS::CodeDeploy::Application, DeploymentGroup and DeploymentConfig, for the compute platform Lambda."""

import uuid
from typing import Any

from tools.local.aws.cloudformation.engine_provisioners import Created, Properties, ResourceFailed, physical_name
from tools.local.aws.codedeploy.deployments import Group
from tools.local.aws.codedeploy.store import CodeDeployStore
from tools.local.aws.codedeploy.traffic import Refused, config_from

# What deployments to servers and to ECS have, and what this cloud does not do.
NOT_SERVED = (
    "AutoScalingGroups",
    "BlueGreenDeploymentConfiguration",
    "Deployment",
    "EC2TagFilters",
    "EC2TagSet",
    "ECSServices",
    "LoadBalancerInfo",
    "OnPremisesInstanceTagFilters",
    "OnPremisesTagSet",
    "TriggerConfigurations",
)
EVENTS = ("DEPLOYMENT_FAILURE", "DEPLOYMENT_STOP_ON_ALARM", "DEPLOYMENT_STOP_ON_REQUEST")


class Application:
    """`Ref` is the name."""

    def __init__(self, store: CodeDeployStore) -> None:
        self._store = store

    def create(self, logical_id: str, properties: Properties, stack: str) -> Created:
        if properties.get("ComputePlatform") != "Lambda":
            raise ResourceFailed("only applications with ComputePlatform Lambda are served here")
        name = str(properties.get("ApplicationName") or physical_name(stack, logical_id, longest=100))
        if name in self._store.applications:
            raise ResourceFailed(f"Application already exists with name {name}")
        self._store.applications[name] = str(uuid.uuid4())
        return name, {}

    def update(self, physical_id: str, old: Properties, new: Properties, stack: str, logical_id: str) -> Created:
        if new.get("ApplicationName") not in (None, physical_id):
            return self.create(logical_id, new, stack)
        return physical_id, {}

    def delete(self, physical_id: str, properties: Properties) -> None:
        self._store.applications.pop(physical_id, None)


class DeploymentConfig:
    """`Ref` is the name."""

    def __init__(self, store: CodeDeployStore) -> None:
        self._store = store

    def create(self, logical_id: str, properties: Properties, stack: str) -> Created:
        name = str(properties.get("DeploymentConfigName") or physical_name(stack, logical_id, longest=100))
        if self._store.config(name) is not None:
            raise ResourceFailed(f"Deployment config already exists with name {name}")
        try:
            self._store.configs[name] = config_from(name, properties)
        except Refused as refused:
            raise ResourceFailed(str(refused)) from None
        return name, {}

    def update(self, physical_id: str, old: Properties, new: Properties, stack: str, logical_id: str) -> Created:
        if new.get("DeploymentConfigName") == physical_id:
            raise ResourceFailed(f"a deployment configuration cannot be changed; give {physical_id} another name")
        return self.create(logical_id, new, stack)

    def delete(self, physical_id: str, properties: Properties) -> None:
        self._store.configs.pop(physical_id, None)


class DeploymentGroup:
    """`Ref` is the name."""

    def __init__(self, store: CodeDeployStore) -> None:
        self._store = store

    def create(self, logical_id: str, properties: Properties, stack: str) -> Created:
        name = str(properties.get("DeploymentGroupName") or physical_name(stack, logical_id, longest=100))
        group = self._group(name, properties, str(uuid.uuid4()))
        if group.key in self._store.groups:
            raise ResourceFailed(f"Deployment group already exists with name {name}")
        self._store.groups[group.key] = group
        return name, {}

    def update(self, physical_id: str, old: Properties, new: Properties, stack: str, logical_id: str) -> Created:
        moved = old.get("ApplicationName") != new.get("ApplicationName")
        if moved or new.get("DeploymentGroupName") not in (None, physical_id):
            return self.create(logical_id, new, stack)
        present = self._store.groups.get(f"{new.get('ApplicationName')}/{physical_id}")
        group = self._group(physical_id, new, present.id if present else str(uuid.uuid4()))
        self._store.groups[group.key] = group
        return physical_id, {}

    def delete(self, physical_id: str, properties: Properties) -> None:
        self._store.groups.pop(f"{properties.get('ApplicationName')}/{physical_id}", None)

    def _group(self, name: str, properties: Properties, group_id: str) -> Group:
        for unserved in NOT_SERVED:
            if properties.get(unserved):
                raise ResourceFailed(f"{unserved} of a deployment group is not served here")
        application = str(properties.get("ApplicationName") or "")
        if application not in self._store.applications:
            raise ResourceFailed(f"No application found for name: {application}")
        config = str(properties.get("DeploymentConfigName") or "CodeDeployDefault.LambdaAllAtOnce")
        if self._store.config(config) is None:
            raise ResourceFailed(f"No deployment configuration found for name: {config}")
        role = str(properties.get("ServiceRoleArn") or "")
        if not role:
            raise ResourceFailed("ServiceRoleArn is required")
        style = properties.get("DeploymentStyle") or {}
        if (style.get("DeploymentType"), style.get("DeploymentOption")) != ("BLUE_GREEN", "WITH_TRAFFIC_CONTROL"):
            raise ResourceFailed("DeploymentStyle must be BLUE_GREEN and WITH_TRAFFIC_CONTROL for Lambda")
        watched = properties.get("AlarmConfiguration") or {}
        alarms = watched.get("Alarms") or []
        rollback = properties.get("AutoRollbackConfiguration") or {}
        events = tuple(str(event) for event in rollback.get("Events") or ())
        if unknown := set(events) - set(EVENTS):
            raise ResourceFailed(f"AutoRollbackConfiguration.Events has {min(unknown)}; use {', '.join(EVENTS)}")
        return Group(
            application=application,
            name=name,
            id=group_id,
            config=config,
            role=role,
            alarms=tuple(str(one["Name"]) for one in alarms) if _is_true(watched.get("Enabled")) else (),
            rolls_back_on=events if _is_true(rollback.get("Enabled")) else (),
            ignores_unreadable_alarms=_is_true(watched.get("IgnorePollAlarmFailure")),
        )


def _is_true(value: Any) -> bool:
    return str(value).lower() == "true"
