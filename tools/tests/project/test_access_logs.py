"""Access logs of the REST APIs: off by default, one format for all, and nothing in it about a person."""

import json
import re
from typing import Any

import pytest

from ecom_testkit.templates import Template
from tools import ROOT
from tools.project.documents import read_json
from tools.project.services import Service, discover

SERVICES = {name: service for name, service in discover().items() if "Api" in service.template["Resources"]}
APIS = {
    name: service
    for name, service in SERVICES.items()
    if service.template["Resources"]["Api"]["Type"] == "AWS::Serverless::Api"
}
# As the packager writes it: one line.
FORMAT = json.dumps(read_json(ROOT / "shared" / "templates" / "access-log.json"), separators=(",", ":"))
# API Gateway Developer Guide: Variables for access logging for API Gateway. These can be about a person: addresses,
# users, tokens, ids in paths, and texts that repeat a part of the request.
PERSONAL = {
    "accountId": "",
    "authorizer.claims.email": "ann@shop.example",
    "authorizer.claims.sub": "user-4711",
    "authorizer.principalId": "principal-4711",
    "authorize.error": "refused ann@shop.example",
    "authorizer.error": "refused ann@shop.example",
    "error.message": "no order o-4711",
    "error.messageString": "no order o-4711",
    "error.validationErrorString": "address: 7 Hill Road",
    "identity.caller": "AIDA4711",
    "identity.cognitoAuthenticationProvider": "pool:user-4711",
    "identity.cognitoIdentityId": "identity-4711",
    "identity.accessKey": "AKIA4711",
    "identity.sourceIp": "203.0.113.47",
    "identity.user": "AROA4711",
    "identity.userAgent": "Browser 4711",
    "identity.userArn": "arn:aws:sts::1:assumed-role/ann",
    "path": "/backend/o-4711",
    "integration.error": "no order o-4711",
    "integrationErrorMessage": "no order o-4711",
}
PLAIN = {
    "requestId": "1f2e",
    "xrayTraceId": "1-2-3",
    "requestTime": "28/Nov/2026:12:00:00 +0000",
    "httpMethod": "GET",
    "resourcePath": "/backend/{orderId}",
    "status": "200",
    "error.responseType": "-",
    "integration.status": "200",
    "responseLatency": "12",
    "integration.latency": "9",
    "responseLength": "512",
}


def written(text: str) -> str:
    """A line of the log: variables with their values, `-` for one without."""
    values = {**PERSONAL, **PLAIN}
    return re.sub(r"\$context\.([\w.]+)", lambda found: values.get(found[1], "-"), text)


def test_a_line_has_what_an_operator_needs_and_nothing_about_a_person() -> None:
    line = written(FORMAT)
    assert json.loads(line) == {
        "requestId": "1f2e",
        "traceId": "1-2-3",
        "time": "28/Nov/2026:12:00:00 +0000",
        "method": "GET",
        "route": "/backend/{orderId}",
        "status": "200",
        "error": "-",
        "functionStatus": "200",
        "milliseconds": "12",
        "functionMilliseconds": "9",
        "bytes": "512",
    }
    assert not [canary for canary in PERSONAL.values() if canary and canary in line]


def test_only_variables_that_are_known_to_be_harmless_are_logged() -> None:
    assert set(re.findall(r"\$context\.([\w.]+)", FORMAT)) == set(PLAIN)


@pytest.mark.parametrize("service", APIS.values(), ids=APIS)
def test_each_rest_api_logs_in_this_format_if_it_is_asked_to(service: Service) -> None:
    template = Template(service.template)
    setting: Any = template.properties("Api")["AccessLogSetting"]
    logs = {
        "DestinationArn": {"Fn::GetAtt": ["ApiLogs", "Arn"]},
        "Format": "{{file:../shared/templates/access-log.json}}",
    }
    assert setting == {"Fn::If": ["WritesAccessLogs", logs, {"Ref": "AWS::NoValue"}]}
    assert template["ApiLogs"]["Condition"] == "WritesAccessLogs"
    assert template.properties("ApiLogs")["RetentionInDays"] == {"Ref": "LogRetentionDays"}
    assert template.body["Parameters"]["AccessLogs"]["Default"] == "false"


def test_the_format_has_the_id_that_api_gateway_demands() -> None:
    assert "$context.requestId" in FORMAT


def test_appsync_logs_no_arguments_and_headers() -> None:
    _, logs, _ = Template(discover()["frontend-api"].template).properties("Api")["LogConfig"]["Fn::If"]
    assert logs["ExcludeVerboseContent"] is True
