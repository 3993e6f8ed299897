"""MOCK integrations of REST APIs: API Gateway answers by itself, for example a browser's OPTIONS request."""

import re
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from tools.local.engine.patching import core, patch

RESPONSE_HEADER = "method.response.header."
_STATUS = re.compile(r'"statusCode"\s*:\s*\d{3}\b')


def check_headers(integration_response: Mapping[str, Any], declared: Iterable[str]) -> None:
    """Refuse a header that the method's response does not declare. AWS fails the import of such a document."""
    names = {name.lower() for name in declared}
    for target in integration_response.get("responseParameters") or {}:
        if target.removeprefix(RESPONSE_HEADER).lower() not in names:
            raise ValueError(
                "Invalid mapping expression specified: Validation Result: warnings : [], errors : "
                f"[Invalid mapping expression parameter specified: {target}]"
            )


@patch
def a_mock_needs_a_status_code() -> None:
    """AWS answers 500 when the request template of a MOCK integration gives no `statusCode`. The engine answers 200."""
    v1 = core("services.apigateway_v1")
    original: Callable[..., Any] = v1._invoke_mock_v1

    def invoke(integration: Mapping[str, Any]) -> Any:
        template = (integration.get("requestTemplates") or {}).get("application/json") or ""
        if not _STATUS.search(template):
            return v1._gw_error("API_CONFIGURATION_ERROR", "Internal server error")
        return original(integration)

    v1._invoke_mock_v1 = invoke
