"""What an integration of a REST API with Step Functions means: its action, its templates, the mapping of answers. Pure.

API Gateway Developer Guide: *Create an AWS service integration*, *Integration passthrough behaviors*.
"""

import json
from collections.abc import Mapping
from typing import Any

from tools.local.aws.apigateway.integration_templates import Rendered, Source, TemplateFailed, render

PRINCIPAL = "apigateway.amazonaws.com"
NO_ROLE = "Role ARN must be specified for AWS integrations"
# Action -> the member of its request that names the resource of the permission; "" where AWS has no resource.
SERVED = {
    "StartExecution": "stateMachineArn",
    "StopExecution": "executionArn",
    "DescribeExecution": "executionArn",
    "SendTaskSuccess": "",
    "SendTaskFailure": "",
}
# Step Functions names its errors so in its answers; AWS's SDKs show what follows the #.
ERRORS = "com.amazonaws.swf.service.v2.model#"
HEADER = "method.response.header."

Answer = tuple[int, dict[str, str], bytes]


def action_of(integration: Mapping[str, Any]) -> str:
    """The action of Step Functions that an integration calls; empty for another integration."""
    parts = str(integration.get("uri", "")).split(":")
    is_states = str(integration.get("type", "")).upper() == "AWS" and parts[2:3] == ["apigateway"]
    return parts[5].removeprefix("action/") if is_states and parts[4:5] == ["states"] and len(parts) == 6 else ""


def problem_of(integration: Mapping[str, Any]) -> str:
    """Why an integration with Step Functions cannot be made; empty if it can."""
    action = action_of(integration)
    if action and action not in SERVED:
        return f"states:action/{action} is not served here; use one of {', '.join(SERVED)}"
    if action and not integration.get("credentials"):
        return NO_ROLE
    return ""


def request_template(integration: Mapping[str, Any], headers: Mapping[str, str]) -> str | None:
    """The request template for the content type. Without a content type it is JSON."""
    given = next((value for name, value in headers.items() if name.lower() == "content-type"), "application/json")
    wanted = given.partition(";")[0].strip().lower()
    templates: Mapping[str, str] = integration.get("requestTemplates") or {}
    return next((text for kind, text in templates.items() if kind.partition(";")[0].strip().lower() == wanted), None)


def resource_of(action: str, text: str) -> str:
    """What the permission for this request is about."""
    try:
        request = json.loads(text)
    except ValueError:
        request = None
    member = SERVED[action]
    return str(request.get(member, "*")) if member and isinstance(request, dict) else "*"


def denied(role: str, action: str, resource: str) -> str:
    """The body of Step Functions' answer, with status 400, when the role does not allow the action."""
    message = (
        f"User: arn:aws:sts::{role.split(':')[4]}:assumed-role/{role.rpartition('/')[2]}/BackplaneAssumeRoleSession is"
        f" not authorized to perform: states:{action} on resource: {resource} because no identity-based policy allows"
        f" the states:{action} action"
    )
    return json.dumps({"__type": "com.amazon.coral.service#AccessDeniedException", "Message": message})


def with_full_error(answer: str | bytes) -> str:
    """An error of Step Functions as API Gateway gets it."""
    content = json.loads(answer)
    kind = str(content.get("__type", ""))
    return json.dumps({**content, "__type": kind if "#" in kind else f"{ERRORS}{kind}"})


def mapped(chosen: Mapping[str, Any], text: str, source: Source) -> Answer:
    """The answer of the method, by the integration response whose pattern the status matches. Raises TemplateFailed."""
    template = (chosen.get("responseTemplates") or {}).get("application/json")
    answer = Source(text, source.path, source.query, source.headers, source.context, source.stage_variables)
    rendered = Rendered(text) if template is None else render(template, answer)
    headers = {"Content-Type": "application/json"}
    for target, value in (chosen.get("responseParameters") or {}).items():
        if not (value.startswith("'") and value.endswith("'")):
            raise TemplateFailed(f"{target}: {value} is not served here; only texts in apostrophes are")
        headers[target.removeprefix(HEADER)] = value[1:-1]
    headers.update(rendered.headers)
    return rendered.status or int(chosen["statusCode"]), headers, rendered.text.encode()
