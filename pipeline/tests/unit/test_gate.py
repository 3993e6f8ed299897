"""What may be deployed, and with which settings."""

import json
from collections.abc import Mapping, Sequence

import pytest

from pipeline_service.commits import NEVER, Revision, read_deployment, revision_of
from pipeline_service.gate import NotDeployable, check_dependencies, needs_of, settings

OLD, NEW = Revision(811, "aaaaaaaa11"), Revision(812, "bbbbbbbb22")
DOCUMENT = {
    "service": "orders",
    "dependencies": {
        "products": {"number": 812, "commit": "bbbbbbbb22"},
        "payment": {"number": 811, "commit": "aaaaaaaa11"},
    },
    "environments": {
        "tests": {
            "parameters": {"Environment": "tests", "Bus": "/ecommerce/tests/platform/event-bus/name"},
            "tags": {"service": "orders"},
        }
    },
    "from_ssm": ["Bus"],
    "hash_parameter": "ConfigurationHash",
}
DEPLOYMENT = read_deployment(json.dumps(DOCUMENT).encode())
VALUES = {"/ecommerce/tests/platform/event-bus/name": "ecommerce-tests"}


def resolve(names: Sequence[str]) -> Mapping[str, str]:
    return {name: VALUES[name] for name in names if name in VALUES}


def test_it_passes_when_each_dependency_is_there_at_its_revision_or_a_later_one() -> None:
    check_dependencies(DEPLOYMENT, "tests", {"products": NEW, "payment": NEW}.__getitem__)


def test_it_names_the_dependency_its_commit_and_what_is_there() -> None:
    with pytest.raises(NotDeployable) as refused:
        check_dependencies(DEPLOYMENT, "tests", {"products": OLD, "payment": OLD}.__getitem__)
    assert str(refused.value) == (
        "orders needs products at bbbbbbbb (number 812): tests has aaaaaaaa (number 811). "
        "The gate is retried when that has passed tests"
    )


def test_it_says_when_no_version_ever_passed() -> None:
    with pytest.raises(NotDeployable, match="tests has no version of it that passed"):
        check_dependencies(DEPLOYMENT, "tests", {"products": NEVER, "payment": OLD}.__getitem__)


def test_what_a_failed_gate_needs_can_be_read_from_its_message() -> None:
    with pytest.raises(NotDeployable) as refused:
        check_dependencies(DEPLOYMENT, "tests", lambda _: NEVER)
    needs = needs_of(str(refused.value))
    assert {name: each.number for name, each in needs.items()} == {"products": 812, "payment": 811}


@pytest.mark.parametrize("message", ["", "the gate failed: KeyError: 'x'", "orders needs the SSM parameters /a/b"])
def test_another_message_names_no_dependency(message: str) -> None:
    assert needs_of(message) == {}


def test_the_settings_have_the_parameters_and_tags_of_the_environment() -> None:
    document = json.loads(settings(DEPLOYMENT, "tests", b"{}", resolve))
    assert document["Tags"] == {"service": "orders"}
    assert document["Parameters"]["Bus"] == "/ecommerce/tests/platform/event-bus/name"
    assert set(document["Parameters"]) == {"Environment", "Bus", "ConfigurationHash"}


def test_a_changed_value_of_an_ssm_parameter_publishes_new_versions(monkeypatch: pytest.MonkeyPatch) -> None:
    before = json.loads(settings(DEPLOYMENT, "tests", b"{}", resolve))["Parameters"]["ConfigurationHash"]
    monkeypatch.setitem(VALUES, "/ecommerce/tests/platform/event-bus/name", "another")
    after = json.loads(settings(DEPLOYMENT, "tests", b"{}", resolve))["Parameters"]["ConfigurationHash"]
    assert before != after


def test_a_changed_template_publishes_new_versions() -> None:
    first, second = (json.loads(settings(DEPLOYMENT, "tests", body, resolve)) for body in (b"{}", b"{ }"))
    assert first["Parameters"]["ConfigurationHash"] != second["Parameters"]["ConfigurationHash"]


def test_a_missing_ssm_parameter_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delitem(VALUES, "/ecommerce/tests/platform/event-bus/name")
    with pytest.raises(NotDeployable, match="needs the SSM parameters /ecommerce/tests/platform/event-bus/name, which"):
        settings(DEPLOYMENT, "tests", b"{}", resolve)


@pytest.mark.parametrize(
    ("summary", "expected"),
    [
        ("812 bbbbbbbb22 orders: a fee", NEW),
        ("812 bbbbbbbb22", NEW),
        ("Amazon S3 version id: xyz", NEVER),
        ("", NEVER),
    ],
)
def test_the_revision_of_a_summary(summary: str, expected: Revision) -> None:
    assert revision_of(summary) == expected


def test_a_later_commit_is_a_later_revision() -> None:
    assert NEVER < OLD < NEW
