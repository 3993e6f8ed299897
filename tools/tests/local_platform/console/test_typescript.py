"""The types of the console's pages are those of the API's answers."""

from typing import Any, TypedDict

import pytest

from tools.local.client import Cloud
from tools.local.console import documents as of_cloud
from tools.local.console.plane import API
from tools.local_platform.console import documents
from tools.local_platform.console.catalogue import catalogue
from tools.local_platform.console.dead_letters import _document
from tools.local_platform.console.now import service_map
from tools.local_platform.console.typescript import FILE, _interface, text
from tools.tests.local.http import call
from tools.tests.local_platform.console.test_dead_letters import dead_letter


def test_the_file_is_up_to_date() -> None:
    assert FILE.read_text() == text(), "run `.venv/bin/python -m tools.local_platform.console.typescript`"


def test_a_type_without_a_counterpart_is_an_error() -> None:
    class Odd(TypedDict):
        value: complex

    with pytest.raises(KeyError):
        _interface(Odd)


def keys(kind: Any) -> set[str]:
    return set(kind.__required_keys__)


def test_the_cloud_answers_what_the_types_say(cloud: Cloud) -> None:
    """mypy checks the answers of this platform's part; those of the cloud itself come from the engine."""
    cloud.client("events").put_events(Entries=[{"Source": "types", "DetailType": "Typed", "Detail": "{}"}])
    event = call(f"{cloud.endpoint}{API}/events?about=Typed").json["events"][0]
    assert set(event) == keys(of_cloud.BusEvent)
    ses = cloud.client("ses")
    ses.verify_email_identity(EmailAddress="a@example.com")
    ses.send_email(
        Source="a@example.com",
        Destination={"ToAddresses": ["b@example.com"]},
        Message={"Subject": {"Data": "typed"}, "Body": {"Text": {"Data": "text"}}},
    )
    (mail,) = call(f"{cloud.endpoint}/_local/mail.json?about=typed").json["mails"]
    assert set(mail) >= keys(of_cloud.Mail)
    assert set(call(f"{cloud.endpoint}{API}/about").json) == keys(of_cloud.About)


def test_the_documents_have_all_fields() -> None:
    assert set(catalogue()[0]) == keys(documents.CatalogueEvent)
    assert set(service_map()[0]) == keys(documents.EventOfMap)
    assert set(_document(dead_letter("a"))) == keys(documents.DeadLetter)
