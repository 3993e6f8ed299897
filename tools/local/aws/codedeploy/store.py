"""The applications, groups, configurations and deployments of CodeDeploy, as a part of the saved state."""

import threading
from typing import Any

from tools.local.aws.codedeploy.deployments import Deployment, Group
from tools.local.aws.codedeploy.traffic import PREDEFINED, DeploymentConfig

MOST_DEPLOYMENTS = 200


class CodeDeployStore:
    """Everything that CodeDeploy knows. Safe to use from several threads."""

    def __init__(self) -> None:
        self._lock = threading.RLock()
        self.applications: dict[str, str] = {}
        """Name -> id."""
        self.groups: dict[str, Group] = {}
        self.configs: dict[str, DeploymentConfig] = {}
        self._deployments: dict[str, Deployment] = {}

    def config(self, name: str) -> DeploymentConfig | None:
        return PREDEFINED.get(name) or self.configs.get(name)

    def deployment(self, deployment_id: str) -> Deployment | None:
        with self._lock:
            return self._deployments.get(deployment_id)

    def deployments(self) -> list[Deployment]:
        """The newest first."""
        with self._lock:
            return sorted(self._deployments.values(), key=lambda one: one.created, reverse=True)

    def running(self, group: Group) -> Deployment | None:
        found = (one for one in self.deployments() if not one.ended)
        return next((one for one in found if f"{one.application}/{one.group}" == group.key), None)

    def put(self, one: Deployment) -> None:
        """Store a deployment. The oldest that has ended is dropped when there are too many."""
        with self._lock:
            self._deployments[one.id] = one
            ended = [old.id for old in self._deployments.values() if old.ended]
            for old in ended[: max(0, len(self._deployments) - MOST_DEPLOYMENTS)]:
                del self._deployments[old]

    def replace(self, before: Deployment, after: Deployment) -> bool:
        """Store a change, unless the deployment has changed meanwhile. Returns whether it was stored."""
        with self._lock:
            if self._deployments.get(before.id) != before:
                return False
            self.put(after)
            return True

    # --- saved state; the names are those that the engine calls ---

    def get_state(self) -> dict[str, Any]:
        with self._lock:
            return {
                "applications": dict(self.applications),
                "groups": [vars(one) for one in self.groups.values()],
                "configs": [vars(one) for one in self.configs.values()],
                "deployments": [one.to_state() for one in self._deployments.values()],
            }

    def load_persisted_state(self, data: dict[str, Any]) -> None:
        self.applications.update(data["applications"])
        for saved in data["groups"]:
            lists = {name: tuple(saved[name]) for name in ("alarms", "rolls_back_on")}
            group = Group(**{**saved, **lists})
            self.groups[group.key] = group
        self.configs.update({saved["name"]: DeploymentConfig(**saved) for saved in data["configs"]})
        self._deployments.update({saved["id"]: Deployment(**saved) for saved in data["deployments"]})

    def reset(self) -> None:
        with self._lock:
            for part in (self.applications, self.groups, self.configs, self._deployments):
                part.clear()
