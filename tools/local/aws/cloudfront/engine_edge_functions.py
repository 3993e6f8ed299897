"""CloudFront Functions: the engine runs them in Node. Here: which Node, and what CloudFront refuses.

https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/cloudfront-limits.html#limits-functions
https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/edge-function-restrictions-all.html
"""

import logging
import shutil
from collections.abc import Awaitable, Callable
from contextvars import ContextVar
from pathlib import Path
from typing import Any

from tools.local.engine.patching import core, patch
from tools.local.web import node

log = logging.getLogger("local")

MOST_BYTES = 10_240
# A function may not add these to a request: CloudFront answers 502.
DISALLOWED = frozenset(
    (
        *("connection", "expect", "keep-alive", "proxy-authenticate", "proxy-authorization", "proxy-connection"),
        *("trailer", "upgrade", "x-accel-buffering", "x-accel-redirect", "x-cache", "x-real-ip"),
    )
)
NO_NODE = (
    "CloudFront Functions need Node, and there is none: a build of pages downloads it, "
    "and so does a visit to /_local/console"
)

_places: list[Path] = []
invalid: ContextVar[bool] = ContextVar("invalid", default=False)
"""Whether the function of the current request returned what CloudFront does not accept."""


def install(node_place: Path) -> None:
    """Look for Node in this folder too."""
    _places[:] = [node_place]


def find_node() -> str | None:
    """The installed wheel's, a downloaded one, else the machine's."""
    wheel = node.installed()
    if wheel is not None:
        return str(wheel)
    found = next((path for path in map(node.downloaded, _places) if path.exists()), None)
    return str(found) if found else shutil.which("node")


def problem_of(result: Any, event: dict[str, Any]) -> str:
    """Why CloudFront refuses what a function returned; empty if it accepts it."""
    if not isinstance(result, dict):
        return "it returned no object"
    if event["context"]["eventType"] == "viewer-request" and "statusCode" not in result:
        uri = result.get("uri")
        if not isinstance(uri, str) or not uri.startswith("/"):
            return "the uri of a request must begin with /"
    if "statusCode" in result and not (type(result["statusCode"]) is int and 100 <= result["statusCode"] <= 599):
        return "statusCode must be an integer from 100 to 599"
    headers = result.get("headers", {})
    if not isinstance(headers, dict):
        return "headers must be an object"
    had = event["response" if "response" in event else "request"]["headers"]
    for name, value in headers.items():
        if name != name.lower() or not isinstance(value, dict) or not isinstance(value.get("value"), str):
            return f'the header {name} must be in lower case and have the form {{"value": "..."}}'
        if name not in had and (name in DISALLOWED or name.startswith(("x-amz-cf-", "x-edge-"))):
            return f"a function may not add the header {name}"
    return ""


@patch
def functions_run_in_our_node() -> None:
    """The engine calls `node` of the path, which most machines do not have."""
    functions, pool = core("core.cloudfront_js"), core("core.node_pool")
    evaluate: Callable[[bytes, dict[str, Any]], Any] = functions.evaluate

    def evaluate_in_our_node(code: bytes, event: dict[str, Any]) -> Any:
        found = find_node()
        if found is None:
            raise functions.CloudFrontFunctionError(NO_NODE)
        pool._NODE_BINARY = found
        return evaluate(code, event)

    functions.evaluate = evaluate_in_our_node


@patch
def results_of_functions_are_validated() -> None:
    """CloudFront answers 502 when a function returns what is no request or response. The engine goes on."""
    cloudfront = core("services.cloudfront")
    run: Callable[[str, dict[str, Any]], Awaitable[Any]] = cloudfront._run_function

    async def run_function(arn: str, event: dict[str, Any]) -> Any:
        result = await run(arn, event)
        problem = problem_of(result, event)
        if problem:
            invalid.set(True)
            log.warning("the function %s is not valid: %s", arn.rsplit("/", 1)[-1], problem)
            raise cloudfront.CloudFrontFunctionError(problem)
        return result

    cloudfront._run_function = run_function


@patch
def code_has_a_largest_size() -> None:
    """10 KB, in a template and in the API. The engine takes more."""
    cloudfront, provisioners = core("services.cloudfront"), core("services.cloudformation.provisioners")
    decode: Callable[[str], tuple[bytes | None, Any]] = cloudfront._cf_decode_function_code
    of_template: Callable[..., tuple[Any, bytes, bool]] = provisioners._cf_function_body

    def decode_function_code(code: str) -> tuple[bytes | None, Any]:
        content, error = decode(code)
        if content is not None and len(content) > MOST_BYTES:
            return None, cloudfront._error("FunctionSizeLimitExceeded", "The function is too large.", 413)
        return content, error

    def function_body(name: str, properties: Any) -> tuple[Any, bytes, bool]:
        config, code, is_published = of_template(name, properties)
        if len(code) > MOST_BYTES:
            raise ValueError(f"AWS::CloudFront::Function {name}: its code has {len(code)} bytes, at most {MOST_BYTES}")
        return config, code, is_published

    cloudfront._cf_decode_function_code = decode_function_code
    provisioners._cf_function_body = function_body
