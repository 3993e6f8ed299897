"""AWS::AppSync::ApiCache, which the engine lacks."""

import contextlib
from typing import Any

from tools.local.aws.cloudformation.engine_calls import call
from tools.local.aws.cloudformation.engine_provisioners import Created, Properties, ResourceFailed

NAMES = {"Ttl": "ttl", "ApiCachingBehavior": "apiCachingBehavior", "Type": "type"}
OPTIONAL = {
    "AtRestEncryptionEnabled": "atRestEncryptionEnabled",
    "TransitEncryptionEnabled": "transitEncryptionEnabled",
    "HealthMetricsConfig": "healthMetricsConfig",
}


class ApiCache:
    """An API has one cache at most. `Ref` is the API's id."""

    def create(self, logical_id: str, properties: Properties, stack: str) -> Created:
        api_id = str(properties.get("ApiId"))
        call("appsync", "_create_api_cache", api_id, _request(properties))
        return api_id, {}

    def update(self, physical_id: str, old: Properties, new: Properties, stack: str, logical_id: str) -> Created:
        if old.get("ApiId") != new.get("ApiId"):
            return self.create(logical_id, new, stack)
        call("appsync", "_update_api_cache", physical_id, _request(new))
        return physical_id, {}

    def delete(self, physical_id: str, properties: Properties) -> None:
        with contextlib.suppress(ResourceFailed):  # deleted already
            call("appsync", "_delete_api_cache", physical_id)


def _request(properties: Properties) -> dict[str, Any]:
    given = {**NAMES, **OPTIONAL}
    return {name: properties.get(key) for key, name in given.items() if properties.get(key) is not None}
