"""The HTTP API of CodeDeploy: what shows a deployment and its group, and StopDeployment.

Resources are created by CloudFormation, and deployments by its updates of aliases. Other operations answer that they
are not available here.
"""

import json
from collections.abc import Callable

from tools.local.aws.codedeploy.deployments import IN_PROGRESS, SUCCEEDED, Deployment, Group
from tools.local.aws.codedeploy.store import CodeDeployStore
from tools.local.aws.json_api import ApiError, Document, JsonService, page
from tools.local.engine.own_services import Asked

PAGE = 100
STYLE = {"deploymentType": "BLUE_GREEN", "deploymentOption": "WITH_TRAFFIC_CONTROL"}


def arn_of_request(_asked: Asked) -> str:
    """The resource that IAM checks. Every operation is allowed or refused as a whole here."""
    return "*"


class CodeDeployService(JsonService):
    """A service of the engine; see `engine/own_services.py`. `stop` stops a deployment by its id."""

    def __init__(self, store: CodeDeployStore, stop: Callable[[str], Deployment | None]) -> None:
        self._store, self._stop = store, stop
        self.get_state, self.reset = store.get_state, store.reset
        self.load_persisted_state = store.load_persisted_state
        operations = {
            "GetApplication": self._get_application,
            "GetDeployment": self._get_deployment,
            "GetDeploymentConfig": self._get_deployment_config,
            "GetDeploymentGroup": self._get_deployment_group,
            "GetDeploymentTarget": self._get_deployment_target,
            "ListApplications": self._list_applications,
            "ListDeploymentGroups": self._list_deployment_groups,
            "ListDeployments": self._list_deployments,
            "StopDeployment": self._stop_deployment,
        }
        super().__init__("codedeploy", operations, "ValidationException")

    def _get_application(self, request: Document) -> Document:
        name = self._application(request)
        about = {"applicationId": self._store.applications[name], "applicationName": name, "computePlatform": "Lambda"}
        return {"application": about}

    def _list_applications(self, _request: Document) -> Document:
        return {"applications": sorted(self._store.applications)}

    def _list_deployment_groups(self, request: Document) -> Document:
        name = self._application(request)
        groups = sorted(group.name for group in self._store.groups.values() if group.application == name)
        return {"applicationName": name, "deploymentGroups": groups}

    def _get_deployment_config(self, request: Document) -> Document:
        config = self._store.config(str(request.get("deploymentConfigName") or ""))
        if config is None:
            raise ApiError("DeploymentConfigDoesNotExistException", "No such deployment configuration")
        about = {"deploymentConfigName": config.name, "computePlatform": "Lambda"}
        return {"deploymentConfigInfo": {**about, "trafficRoutingConfig": config.to_api()}}

    def _get_deployment_group(self, request: Document) -> Document:
        group = self._group(self._application(request), str(request.get("deploymentGroupName") or ""))
        ofs = [one for one in self._store.deployments() if f"{one.application}/{one.group}" == group.key]
        succeeded = [one for one in ofs if one.status == SUCCEEDED]
        about: Document = {
            "applicationName": group.application,
            "deploymentGroupId": group.id,
            "deploymentGroupName": group.name,
            "deploymentConfigName": group.config,
            "serviceRoleArn": group.role,
            "alarmConfiguration": {
                "enabled": bool(group.alarms),
                "ignorePollAlarmFailure": group.ignores_unreadable_alarms,
                "alarms": [{"name": name} for name in group.alarms],
            },
            "autoRollbackConfiguration": _rollback_of(group),
            "deploymentStyle": STYLE,
            "computePlatform": "Lambda",
        }
        for name, found in (("lastSuccessfulDeployment", succeeded), ("lastAttemptedDeployment", ofs)):
            if found:
                about[name] = _times(found[0]) | {"deploymentId": found[0].id, "status": found[0].status}
        return {"deploymentGroupInfo": about}

    def _list_deployments(self, request: Document) -> Document:
        found = self._store.deployments()
        if request.get("applicationName"):
            name = self._application(request)
            found = [one for one in found if one.application == name]
        if request.get("deploymentGroupName"):
            group = self._group(self._application(request), str(request["deploymentGroupName"]))
            found = [one for one in found if one.group == group.name]
        if wanted := request.get("includeOnlyStatuses"):
            found = [one for one in found if one.status in wanted]
        shown, following = page(found, request, PAGE)
        return {"deployments": [one.id for one in shown], **following}

    def _get_deployment(self, request: Document) -> Document:
        one = self._deployment(request)
        group = self._store.groups.get(f"{one.application}/{one.group}")
        ended = "Succeeded" if one.status == SUCCEEDED else "Failed"
        counts = dict.fromkeys(("Pending", "InProgress", "Succeeded", "Failed", "Skipped", "Ready"), 0)
        counts["InProgress" if one.status == IN_PROGRESS else ended] = 1
        about: Document = {
            "applicationName": one.application,
            "deploymentGroupName": one.group,
            "deploymentConfigName": one.config,
            "deploymentId": one.id,
            "revision": {"revisionType": "AppSpecContent", "appSpecContent": {"content": json.dumps(_app_spec(one))}},
            "status": one.status,
            **_times(one),
            "deploymentOverview": counts,
            "creator": one.creator,
            "ignoreApplicationStopFailures": False,
            "autoRollbackConfiguration": _rollback_of(group) if group else {"enabled": False},
            "updateOutdatedInstancesOnly": False,
            "deploymentStyle": STYLE,
            "instanceTerminationWaitTimeStarted": False,
            "computePlatform": "Lambda",
        }
        if one.code:
            about["errorInformation"] = {"code": one.code, "message": one.message}
        if one.rollback:
            said = f"Deployment {one.id} was rolled back by deployment {one.rollback}"
            about["rollbackInfo"] = {"rollbackDeploymentId": one.rollback, "rollbackMessage": said}
        if one.rollback_of:
            about["rollbackInfo"] = {"rollbackTriggeringDeploymentId": one.rollback_of}
        return {"deploymentInfo": about}

    def _get_deployment_target(self, request: Document) -> Document:
        one = self._deployment(request)
        target = {
            "deploymentId": one.id,
            "targetId": f"{one.function}:{one.alias}",
            "status": one.status if one.status in (IN_PROGRESS, SUCCEEDED) else "Failed",
            "lambdaFunctionInfo": {
                "functionName": one.function,
                "functionAlias": one.alias,
                "currentVersion": one.old,
                "targetVersion": one.new,
                "targetVersionWeight": one.share * 100,
            },
        }
        return {"deploymentTarget": {"deploymentTargetType": "LambdaTarget", "lambdaTarget": target}}

    def _stop_deployment(self, request: Document) -> Document:
        one = self._deployment(request)
        if one.ended:
            raise ApiError("DeploymentAlreadyCompletedException", f"The deployment {one.id} is already completed.")
        self._stop(one.id)
        return {"status": "Succeeded", "statusMessage": "The deployment was stopped."}

    def _application(self, request: Document) -> str:
        name = str(request.get("applicationName") or "")
        if name not in self._store.applications:
            raise ApiError("ApplicationDoesNotExistException", f"No application found for name: {name}")
        return name

    def _group(self, application: str, name: str) -> Group:
        group = self._store.groups.get(f"{application}/{name}")
        if group is None:
            raise ApiError("DeploymentGroupDoesNotExistException", f"No Deployment Group found for name: {name}")
        return group

    def _deployment(self, request: Document) -> Deployment:
        name = str(request.get("deploymentId") or "")
        one = self._store.deployment(name)
        if one is None:
            raise ApiError("DeploymentDoesNotExistException", f"The deployment {name} could not be found")
        return one


def _rollback_of(group: Group) -> Document:
    return {"enabled": bool(group.rolls_back_on), "events": list(group.rolls_back_on)}


def _times(one: Deployment) -> Document:
    ended = {"completeTime": one.completed} if one.completed else {}
    return {"createTime": one.created, "startTime": one.created, **ended}


def _app_spec(one: Deployment) -> Document:
    versions = {"CurrentVersion": one.old, "TargetVersion": one.new}
    properties = {"Name": one.function, "Alias": one.alias, **versions}
    return {
        "version": "0.0",
        "Resources": [{one.function: {"Type": "AWS::Lambda::Function", "Properties": properties}}],
    }
