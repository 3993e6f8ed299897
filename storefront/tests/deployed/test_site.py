"""The site on the running platform: its addresses, headers and configuration, and what else of the bucket it shows."""

import gzip
import re
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from ecom_client.browser import find_browser, running_browser
from ecom_client.platform import HTTP, Platform
from tools.deploy.pages.publish import build_of
from tools.project.services import one

pytestmark = [
    pytest.mark.deployed,
    pytest.mark.not_in_pipelines("pipelines deploy the stack; `make deploy-storefront` uploads the pages"),
]
WATCH = """
window.refused = [];
document.addEventListener('securitypolicyviolation', (event) => window.refused.push(event.blockedURI));
"""


@pytest.fixture(scope="module")
def url(platform_outside: Platform) -> str:
    if platform_outside.endpoint is not None and build_of(one("storefront")).bundle() is None:
        pytest.skip("the pages are not built: npm's registry was not reachable")
    return platform_outside.parameter("storefront/url")


def get(url: str, method: str = "GET", **headers: str) -> tuple[int, dict[str, str], bytes]:
    answer = HTTP.request(method, url, headers=headers, redirect=False, decode_content=False)
    return answer.status, {name.lower(): value for name, value in answer.headers.items()}, answer.data


@pytest.mark.parametrize("path", ["/", "/products/x", "/products/x.y", "/staff/", "/staff/orders", "/cart?from=mail"])
def test_an_address_of_the_application_is_its_page(url: str, path: str) -> None:
    status, headers, body = get(url + path)
    assert (status, headers["content-type"]) == (200, "text/html; charset=utf-8")
    assert headers["cache-control"] == "no-cache"
    assert b'id="app"' in body


def test_assets_stay_in_caches_for_a_year_and_are_compressed(url: str) -> None:
    page = get(f"{url}/")[2].decode()
    (script, *_) = re.findall(r'src="(/assets/[^"]+\.js)"', page)
    status, headers, body = get(url + script, **{"accept-encoding": "gzip"})
    assert (status, headers["content-type"]) == (200, "text/javascript; charset=utf-8")
    assert headers["cache-control"] == "public, max-age=31536000, immutable"
    assert headers["content-encoding"] == "gzip"
    assert gzip.decompress(body) == get(url + script)[2]


@pytest.mark.parametrize("path", ["/assets/none.js", "/none.txt", "/deployment.json", "/assets/../../deployment.json"])
def test_a_missing_file_and_what_is_not_of_the_site_are_403(url: str, path: str) -> None:
    """S3 answers 403 to a reader that may not list, also for what does not exist; CloudFront passes it on."""
    assert get(url + path)[0] == 403


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "OPTIONS"])
def test_only_reading_is_allowed(url: str, method: str) -> None:
    assert get(f"{url}/", method)[0] == 403


def test_the_bucket_is_closed_to_all_but_the_cdn(platform_outside: Platform, url: str) -> None:
    s3, bucket = platform_outside.client("s3"), platform_outside.parameter("storefront/bucket/name")
    assert s3.head_object(Bucket=bucket, Key="site/index.html")["ContentLength"] > 0
    plain = s3.generate_presigned_url("get_object", Params={"Bucket": bucket, "Key": "site/index.html"}).split("?")[0]
    assert get(plain)[0] == 403


@pytest.mark.parametrize("path", ["/", "/config.json", "/assets/none.js"])
def test_security_headers(url: str, path: str) -> None:
    headers = get(url + path)[1]
    assert headers["strict-transport-security"].startswith("max-age=63072000")
    assert (headers["x-content-type-options"], headers["x-frame-options"]) == ("nosniff", "DENY")
    assert headers["referrer-policy"] == "same-origin"
    assert headers["cross-origin-opener-policy"] == "same-origin"
    assert "frame-ancestors 'none'" in headers["content-security-policy"]
    assert "unsafe" not in headers["content-security-policy"]


def test_the_configuration_is_the_environments(platform_outside: Platform, url: str) -> None:
    status, headers, _ = get(f"{url}/config.json")
    config = HTTP.request("GET", f"{url}/config.json").json()
    assert (status, headers["content-type"], headers["cache-control"]) == (200, "application/json", "no-cache")
    wanted = {
        "apiUrl": "frontend-api/api/url",
        "apiKey": "frontend-api/api/key",
        "userPoolId": "users/user-pool/id",
        "storefrontClientId": "users/storefront-client/id",
        "paymentUrl": "payment-3p/api/url",
        "cartUrl": "cart/api/url",
        "returnsUrl": "returns/api/url",
        "cdnUrl": "pictures/cdn/url",
        "currency": "platform/currency",
    }
    assert {name: config[name] for name in wanted} == {
        name: platform_outside.parameter(path) for name, path in wanted.items()
    }
    assert config["region"] == platform_outside.region


def test_the_policy_admits_what_the_configuration_names(platform_outside: Platform, url: str) -> None:
    config = HTTP.request("GET", f"{url}/config.json").json()
    policy = get(f"{url}/")[1]["content-security-policy"]
    sources = {name: rest for name, *rest in (each.split() for each in policy.split(";"))}
    assert config["apiUrl"] in sources["connect-src"]
    assert f"{config['cdnUrl']}/" in sources["img-src"]
    for name in ("paymentUrl", "cartUrl", "returnsUrl", "cognitoUrl"):
        assert f"{config[name]}/" in sources["connect-src"], name
    sockets = [urlsplit(each) for each in sources["connect-src"] if each.startswith("ws")]
    assert [each.scheme for each in sockets] == ["ws" if platform_outside.endpoint else "wss"]


def test_a_browser_loads_the_page_and_refuses_nothing_of_it(url: str, tmp_path: Path) -> None:
    program = find_browser()
    if program is None:
        pytest.skip("no Chromium is installed; on Debian: apt-get install chromium")
    with running_browser(program, tmp_path / "profile") as tab:
        tab.send("Page.addScriptToEvaluateOnNewDocument", source=WATCH)
        for path in ("/", "/staff/"):
            tab.open(url + path)
            tab.wait_until("document.getElementById('app')?.innerText.trim().length > 0")
            assert tab.run("window.refused") == []
