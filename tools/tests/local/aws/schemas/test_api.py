"""The registry's answers to requests that no SDK sends. Without a cloud."""

import asyncio
import json
from typing import Any

import pytest

from tools.local.aws.schemas.api import SchemasService
from tools.local.aws.schemas.registry import SchemaRegistry

SCHEMAS = "/v1/registries/name/shop/schemas"


@pytest.fixture
def service(monkeypatch: pytest.MonkeyPatch) -> SchemasService:
    monkeypatch.setattr("tools.local.aws.schemas.registry.caller_scope", lambda: ("000000000000", "us-east-1"))
    made = SchemasService(SchemaRegistry())
    assert ask(made, "POST", "/v1/registries/name/shop")[0] == 201
    content = json.dumps({"Type": "JSONSchemaDraft4", "Content": "{}"})
    assert ask(made, "POST", f"{SCHEMAS}/name/sold", content)[0] == 201
    return made


def ask(service: SchemasService, method: str, path: str, body: str = "", **query: str) -> tuple[int, Any]:
    requested = {name: [value] for name, value in query.items()}
    status, _, answer = asyncio.run(service.handle_request(method, path, {}, body.encode(), requested))
    return status, json.loads(answer) if answer else None


@pytest.mark.parametrize("body", ["[]", "null", "5", '"text"', "{", "[" * 100_000])
def test_a_body_that_is_not_an_object_is_a_bad_request(service: SchemasService, body: str) -> None:
    status, answer = ask(service, "PUT", f"{SCHEMAS}/name/sold", body)
    assert (status, answer["Code"]) == (400, "BadRequestException")


def test_content_that_is_nested_too_deeply_is_a_bad_request(service: SchemasService) -> None:
    status, answer = ask(service, "PUT", f"{SCHEMAS}/name/sold", json.dumps({"Content": "[" * 100_000}))
    assert (status, answer["Code"]) == (400, "BadRequestException")
    assert ask(service, "GET", f"{SCHEMAS}/name/sold")[1]["SchemaVersion"] == "1"


@pytest.mark.parametrize(
    "query", [{"limit": "²"}, {"nextToken": "²"}, {"limit": "0"}, {"limit": "-1"}, {"nextToken": "9"}]
)
def test_an_invalid_page_token_is_a_bad_request(service: SchemasService, query: dict[str, str]) -> None:
    assert ask(service, "GET", SCHEMAS, **query)[0] == 400
