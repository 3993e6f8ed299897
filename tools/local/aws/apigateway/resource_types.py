"""AWS::ApiGatewayV2::Deployment: the current routes of an API, for a stage to serve."""

from tools.local.aws.cloudformation.engine_calls import call
from tools.local.aws.cloudformation.engine_provisioners import Created, Properties, ResourceFailed


class Deployment:
    """`Ref` is the deployment's id, for a stage's DeploymentId. The attribute is DeploymentId."""

    def create(self, logical_id: str, properties: Properties, stack: str) -> Created:
        api = properties.get("ApiId")
        if not api:
            raise ResourceFailed("ApiId is required")
        request = {"description": properties.get("Description") or ""}
        if properties.get("StageName"):
            request["stageName"] = properties["StageName"]
        made = call("apigateway", "_create_deployment", api, request)
        return made["deploymentId"], {"DeploymentId": made["deploymentId"]}

    def update(self, physical_id: str, old: Properties, new: Properties, stack: str, logical_id: str) -> Created:
        if {**old, "Description": ""} != {**new, "Description": ""}:
            return self.create(logical_id, new, stack)
        return physical_id, {"DeploymentId": physical_id}

    def delete(self, physical_id: str, properties: Properties) -> None:
        api = properties.get("ApiId")
        if any(one["apiId"] == api for one in call("apigateway", "_get_apis").get("items", [])):
            call("apigateway", "_delete_deployment", api, physical_id)
