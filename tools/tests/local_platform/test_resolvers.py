"""The platform's resolver code and its Python twins."""

import re
from pathlib import Path

import pytest

from tools.local.aws.appsync import handlers
from tools.local.aws.appsync.errors import FieldError, UnsupportedResolver
from tools.local.aws.appsync.handlers import find, fingerprint
from tools.local.home import ROOT
from tools.local_platform.resolver_twins import INVOKE, TWINS
from tools.tests.local.aws.appsync.shop import CODE

RESOLVERS = [
    *(ROOT / "frontend-api" / "resolvers").glob("*.js"),
    *(ROOT / "tools" / "local_platform" / "resolvers").glob("*.js"),
]


def test_every_resolver_file_has_a_twin() -> None:
    files = {path.name: fingerprint(path.read_text()) for path in RESOLVERS}
    assert files == {twin.name: twin.fingerprint for twin in TWINS}


@pytest.mark.parametrize("path", RESOLVERS, ids=lambda path: path.name)
def test_a_file_keeps_to_what_appsync_runs(path: Path) -> None:
    code = re.sub(r"//.*", "", path.read_text())
    assert not re.search(r"\b(try|throw|while|async|await|class|this|new|var|let \w+ = function)\b", code)
    assert set(re.findall(r"^import (.*);", code, re.MULTILINE)) <= {"{ util } from '@aws-appsync/utils'"}


def test_only_code_counts_for_the_fingerprint() -> None:
    assert find("// new\n\n" + CODE.replace("\n", "  \r\n")) is INVOKE
    for changed in (CODE.replace("return result", "return null"), CODE + "\nconst x = 1;", "", "//"):
        with pytest.raises(UnsupportedResolver, match="fingerprint"):
            find(changed)


def test_code_is_read_once_however_many_fields_it_resolves(monkeypatch: pytest.MonkeyPatch) -> None:
    read: list[str] = []

    def counted(code: str) -> str:
        read.append(code)
        return fingerprint(code)

    monkeypatch.setattr(handlers, "fingerprint", counted)
    for _ in range(100):
        assert find("// counted\n" + CODE) is INVOKE
    assert len(read) == 1


def test_a_comment_sign_inside_code_counts() -> None:
    assert fingerprint("const a = 1; // x") != fingerprint("const a = 1;")


@pytest.mark.parametrize("value", [None, 0, "", "text", [], [{"error": 1}], {"error": None}, {"error": ""}, {"a": 1}])
def test_values_are_returned(value: object) -> None:
    assert INVOKE.response({"result": value, "error": None}) == value


def test_errors_become_errors() -> None:
    with pytest.raises(FieldError) as caught:
        INVOKE.response({"result": {"error": {"type": "NOT_FOUND", "message": "No.", "info": [1]}}, "error": None})
    assert (caught.value.error_type, caught.value.message, caught.value.info) == ("NOT_FOUND", "No.", [1])
    with pytest.raises(FieldError) as caught:
        INVOKE.response({"result": {"error": {}}, "error": None})
    assert caught.value.error_type is None


def test_no_header_but_the_two_goes_to_the_function() -> None:
    headers = {"authorization": "t", "x-api-key": "k", "cookie": "c", "x-amzn-trace-id": "1", "x-correlation-id": "2"}
    info = {"fieldName": "f", "parentTypeName": "T", "selectionSetList": [], "variables": {}}
    context = {
        "arguments": {},
        "identity": None,
        "source": None,
        "info": info,
        "request": {"headers": headers, "domainName": None},
    }
    sent = INVOKE.request(context)["payload"]["request"]["headers"]
    assert sent == {"x-amzn-trace-id": "1", "x-correlation-id": "2"}
