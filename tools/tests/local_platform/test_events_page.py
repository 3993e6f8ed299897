"""The catalogue of events as the local cloud serves it."""

import json
from pathlib import Path

import pytest
import urllib3
import yaml

from tools import ROOT
from tools.events.catalogue import read_events
from tools.local.client import start_temporary
from tools.local_platform.events_page import PATH, answer


def test_the_page_has_every_event_with_links_that_are_served() -> None:
    status, kind, text = answer(ROOT, PATH)
    assert (status, kind) == (200, "text/html")
    for event in read_events():
        assert f'<h2 id="{event.name.lower()}">{event.name}</h2>' in text
        assert f'href="{PATH}/{event.file.as_posix()}"' in text
    assert f'src="{PATH}/service_map.svg"' in text


@pytest.mark.parametrize("path", ["/../../etc/passwd", "/pyproject.toml", "/orders/template.yaml", "/nothing", "/.git"])
def test_nothing_else_of_the_checkout_is_served(path: str) -> None:
    assert answer(ROOT, PATH + path)[0] == 404


def test_an_unreadable_checkout_answers_the_reason(tmp_path: Path) -> None:
    (tmp_path / "shop" / "events").mkdir(parents=True)
    (tmp_path / "shop" / "metadata.yaml").write_text("name: shop\ndescription: A shop\n")
    (tmp_path / "shop" / "events" / "Sold.json").write_text("{")
    status, _, text = answer(tmp_path, PATH)
    assert status == 503
    assert "Sold.json:1: not valid JSON" in text


def test_the_running_cloud_serves_it(tmp_path: Path) -> None:
    with start_temporary(tmp_path) as cloud:
        http = urllib3.PoolManager(retries=False, timeout=20)
        address = cloud.endpoint + PATH
        assert b"OrderCreated" in http.request("GET", address).data
        assert yaml.safe_load(http.request("GET", f"{address}/asyncapi.yaml").data)["asyncapi"] == "3.0.0"
        assert http.request("GET", f"{address}/service_map.svg").headers["content-type"].startswith("image/svg+xml")
        schema = http.request("GET", f"{address}/orders/events/OrderCreated.json")
        assert json.loads(schema.data)["title"] == "OrderCreated"
        assert http.request("HEAD", address).status == 200
        assert http.request("POST", address).status == 405
