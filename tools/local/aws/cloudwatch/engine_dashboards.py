"""PutDashboard and AWS::CloudWatch::Dashboard refuse a body that CloudWatch refuses."""

from collections.abc import Callable
from typing import Any

from tools.local.aws.cloudformation.engine_provisioners import ResourceFailed
from tools.local.aws.cloudwatch.dashboards import faults, message
from tools.local.engine.patching import core, patch


@patch
def bodies_are_checked() -> None:
    """CloudWatch checks the structure of a dashboard's body. The engine stores any text."""
    cloudwatch, provisioners = core("services.cloudwatch"), core("services.cloudformation.provisioners")
    put: Callable[..., Any] = cloudwatch._put_dashboard
    body_of: Callable[[Any], str] = provisioners._cw_dashboard_body

    def put_dashboard(params: Any, data: Any, is_cbor: bool, is_json: bool = False) -> Any:
        body = data.get("DashboardBody") if is_cbor or is_json else cloudwatch._p(params, "DashboardBody")
        if found := faults(str(body or "")):
            return cloudwatch._error("InvalidParameterInput", message(found), 400, use_json=is_json, use_cbor=is_cbor)
        return put(params, data, is_cbor, is_json)

    def dashboard_body(properties: Any) -> str:
        body = body_of(properties)
        if found := faults(body):
            raise ResourceFailed(message(found))
        return body

    cloudwatch._put_dashboard = put_dashboard
    provisioners._cw_dashboard_body = dashboard_body
