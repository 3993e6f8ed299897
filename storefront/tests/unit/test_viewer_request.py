"""The CloudFront Function: which addresses are the page, and which are files."""

import json
import subprocess
from pathlib import Path

import pytest

from tools.local.web.node import installed

CODE = Path(__file__).parents[2] / "viewer_request.js"
RUN = """
const event = JSON.parse(process.argv[1]);
console.log(JSON.stringify(handler(event)));
"""


def handled(uri: str) -> dict[str, object]:
    node = installed()
    assert node is not None
    event = {"request": {"method": "GET", "uri": uri, "querystring": {"a": {"value": "b.c"}}, "headers": {}}}
    script = CODE.read_text() + RUN
    done = subprocess.run([node, "-e", script, json.dumps(event)], capture_output=True, text=True, check=True)
    answer: dict[str, object] = json.loads(done.stdout)
    assert answer | {"uri": uri} == event["request"]
    return answer


@pytest.mark.parametrize(
    "uri",
    ["/", "/products/x", "/products/lamp.v2", "/staff/", "/staff", "/staff/orders/1", "/assets", "//", "/a/index.html"],
)
def test_addresses_are_the_page(uri: str) -> None:
    expected = uri if uri == "/assets" else "/index.html"
    assert handled(uri)["uri"] == expected


@pytest.mark.parametrize(
    "uri", ["/index.html", "/config.json", "/icon.svg", "/robots.txt", "/assets/index-1.js", "/assets/none", "/.env"]
)
def test_files_are_files(uri: str) -> None:
    assert handled(uri)["uri"] == uri
