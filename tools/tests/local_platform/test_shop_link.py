"""`/_local/shop` leads to the deployed storefront, and the console to it."""

from tools.local.client import Cloud
from tools.local.console.plane import API
from tools.local_platform.shop_link import LINKS, PATH
from tools.tests.local.http import call

NAME = "/ecommerce/local/storefront/url"


def test_it_leads_to_the_storefront_once_that_is_deployed(cloud: Cloud) -> None:
    absent = call(cloud.endpoint + PATH)
    assert (absent.status, absent.message) == (404, "the storefront is not deployed: `make deploy-storefront`")
    cloud.client("ssm").put_parameter(Name=NAME, Value="http://127.0.0.1:4", Type="String")
    for path, there in (
        ("", "/"),
        ("/", "/"),
        ("/staff/", "/staff/"),
        ("//else.example", "//else.example"),
        ("/%0d%0aa:b", "/%0D%0Aa%3Ab"),
    ):
        answer = call(f"{cloud.endpoint}{PATH}{path}")
        assert (answer.status, answer.headers["location"]) == (303, f"http://127.0.0.1:4{there}")
    assert call(cloud.endpoint + PATH, headers={"origin": "https://else.example"}).status == 403


def test_the_console_links_to_it(cloud: Cloud) -> None:
    links = call(f"{cloud.endpoint}{API}/about").json["links"]
    assert {each["text"]: each["address"] for each in links} == LINKS
