"""From requests to records."""

from typing import Any

import pytest

from ecom_testkit.lambda_events import LambdaContext, field_event, person
from search_service import bootstrap
from search_service.handlers import graphql_records
from search_service.repository import Records

CONTEXT = LambdaContext()


@pytest.fixture(autouse=True)
def records(monkeypatch: pytest.MonkeyPatch, in_memory: Records) -> Records:
    monkeypatch.setattr(bootstrap, "records", lambda: in_memory)
    return in_memory


def ask(field: str, user: str = "user-1", **arguments: Any) -> Any:
    return graphql_records.handler(field_event(field, {"hitId": "note-1", **arguments}, person(user)), CONTEXT)


def test_fields_write_and_read_a_record() -> None:
    assert ask("getHit") is None
    written = ask("putHit", text="first")
    assert (written["hitId"], written["text"], written["version"]) == ("note-1", "first", 1)
    assert ask("getHit") == written
    assert ask("getHit", "user-2") is None


@pytest.mark.parametrize("arguments", [{"text": ""}, {"text": "x", "hitId": "a b"}])
def test_malformed_arguments_are_refused(arguments: Any) -> None:
    assert ask("putHit", **arguments)["error"]["type"] == "INVALID_INPUT"


def test_a_caller_who_is_not_signed_in_is_refused() -> None:
    event = field_event("getHit", {"hitId": "note-1"})
    assert graphql_records.handler(event, CONTEXT)["error"]["type"] == "Unauthorized"
