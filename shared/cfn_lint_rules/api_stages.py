"""E9015: an API has the stages that its template names, and they serve its latest routes."""

from collections.abc import Iterator, Mapping
from typing import Any, ClassVar

from shared.cfn_lint_rules.rule import Problem, Rule
from shared.cfn_lint_rules.template import resources


class ApiStages(Rule):
    """Without OpenApiVersion SAM adds a second stage, named Stage, to a REST API. A stage of a WebSocket API without
    AutoDeploy serves its first deployment for ever, since CloudFormation makes no other when a route changes."""

    id: ClassVar[str] = "E9015"
    shortdesc: ClassVar[str] = "APIs have one stage, which serves the latest routes"
    description: ClassVar[str] = "AWS::Serverless::Api has OpenApiVersion, AWS::ApiGatewayV2::Stage has AutoDeploy"

    def problems(self, template: Any, filename: str | None) -> Iterator[Problem]:
        del filename
        shared = template.get("Globals")
        defaults = shared.get("Api") if isinstance(shared, Mapping) else None
        defaults = defaults if isinstance(defaults, Mapping) else {}
        for api in resources(template, "AWS::Serverless::Api"):
            version = str(api.properties.get("OpenApiVersion") or defaults.get("OpenApiVersion") or "")
            if not version.startswith("3.0"):
                yield (
                    api.path,
                    f"{api.name}: SAM adds a stage named Stage: set Globals: {{ Api: {{ OpenApiVersion: 3.0.1 }} }}",
                )
        for stage in resources(template, "AWS::ApiGatewayV2::Stage"):
            if stage.properties.get("AutoDeploy") is not True:
                yield stage.at("AutoDeploy"), f"{stage.name} does not serve changed routes: set AutoDeploy: true"
