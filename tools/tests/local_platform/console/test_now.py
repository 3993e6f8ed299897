"""The map of the services, the alarms, and which pages there are."""

from tools import ROOT
from tools.events.catalogue import read_events
from tools.local.client import Cloud
from tools.local.console.plane import API
from tools.local_platform.console.now import service_map
from tools.local_platform.console.plane import APIS, PAGES
from tools.local_platform.shop_link import LINKS
from tools.tests.local.http import call


def test_the_map_has_every_event_with_its_consumers() -> None:
    events = {(each["producer"], each["name"]): each["consumers"] for each in service_map()}
    assert events == {(each.service, each.name): list(each.consumers) for each in read_events()}


def test_the_cloud_serves_the_map_and_names_the_pages(cloud: Cloud) -> None:
    assert call(f"{cloud.endpoint}{API}/map").json == {"events": service_map()}
    links = [{"text": text, "address": address} for text, address in LINKS.items()]
    assert call(f"{cloud.endpoint}{API}/about").json == {"pages": [*PAGES, "events", "mail"], "links": links}


def test_an_alarm_that_is_in_alarm(cloud: Cloud) -> None:
    cloudwatch = cloud.client("cloudwatch")
    for name in ("quiet", "ringing"):
        cloudwatch.put_metric_alarm(
            AlarmName=name,
            AlarmDescription=f"what to do about {name}",
            Namespace="Test",
            MetricName=name,
            Statistic="Sum",
            Period=60,
            EvaluationPeriods=1,
            Threshold=1,
            ComparisonOperator="GreaterThanThreshold",
        )
    cloudwatch.set_alarm_state(AlarmName="ringing", StateValue="ALARM", StateReason="a test")
    cloudwatch.set_alarm_state(AlarmName="quiet", StateValue="OK", StateReason="a test")
    (alarm,) = call(f"{cloud.endpoint}{API}/alarms").json["alarms"]
    since = alarm.pop("since")
    assert alarm == {"name": "ringing", "description": "what to do about ringing", "reason": "a test"}
    assert since.endswith("Z")


def test_the_page_of_the_api_describes_every_address() -> None:
    text = (ROOT / "tools" / "local" / "console" / "README.md").read_text()
    for name in (*APIS, "about", "events", "events/stream"):
        assert f"/{name}" in text
