"""AppSync's rules are applied to resolver code, and only to code that changed."""

import pytest

from tools.check.rules.aws import resolver_code
from tools.check.rules.aws.resolver_code import ACCEPTED, check_resolvers
from tools.check.rules.findings import Repository
from tools.tests.check.rules.conftest import Files, MakeRepository, write

GOOD = """import { util } from '@aws-appsync/utils';
export function request(ctx) {
  return { operation: 'Invoke', payload: ctx.args };
}
export function response(ctx) {
  return ctx.result;
}
"""
REPLACED = "  return { operation: 'Invoke', payload: ctx.args };"
FILE = "orders/resolvers/invoke.js"
BAD = {
    "  try { return ctx.args; } catch (error) { return null; }": "@aws-appsync/no-try",
    "  for (let i = 0; i < 3; i += 1) { util.time.nowISO8601(); }": "@aws-appsync/no-for",
    "  return ctx.args.name.match(/a+/);": "@aws-appsync/no-regex",
    "  return new Promise(() => null);": "@aws-appsync/no-promise",
    "  return request(ctx);": "@aws-appsync/no-recursion",
    "  return 'name'.localeCompare(ctx.args.name);": "@aws-appsync/no-disallowed-methods",
    "  return {;": "syntax",
}


@pytest.fixture(scope="module", autouse=True)
def _installed() -> None:
    problem = resolver_code.install()
    if problem:
        pytest.skip(f"Node.js cannot be installed here: {problem}")


def findings(repository: Repository) -> list[tuple[str, int, str]]:
    return [(found.file, found.line, found.what.split(": ")[0]) for found in check_resolvers(repository)]


@pytest.fixture(scope="module")
def refused(tmp_path_factory: pytest.TempPathFactory) -> list[tuple[str, int, str]]:
    """What is found in a file for each bad line, and in a good one: one run of ESLint takes two seconds."""
    files: Files = {file_of(line): GOOD.replace(REPLACED, line) for line in BAD}
    services: Files = {"orders/metadata.yaml": "name: orders\ndescription: A service\n"}
    return findings(write(tmp_path_factory.mktemp("refused"), {**services, **files, FILE: GOOD}))


def file_of(line: str) -> str:
    return f"orders/resolvers/bad{list(BAD).index(line)}.js"


@pytest.mark.parametrize("line", BAD)
def test_what_appsync_refuses_is_found_at_its_line(refused: list[tuple[str, int, str]], line: str) -> None:
    found = [(number, rule) for file, number, rule in refused if file == file_of(line)]
    assert (3, BAD[line]) in found


def test_nothing_is_found_in_good_code_beside_bad(refused: list[tuple[str, int, str]]) -> None:
    assert {file for file, _, _ in refused} == {file_of(line) for line in BAD}


def test_accepted_code_is_not_checked_again(make: MakeRepository, monkeypatch: pytest.MonkeyPatch) -> None:
    repository = make({FILE: GOOD})
    assert findings(repository) == []
    assert len(list((repository.root / ACCEPTED).iterdir())) == 1
    monkeypatch.setattr(resolver_code, "install", lambda: pytest.fail("the same code is checked again"))
    assert findings(repository) == []


def test_without_node_the_check_says_that_it_did_not_run(make: MakeRepository, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(resolver_code, "install", lambda: "no network")
    repository = make({FILE: GOOD})
    assert findings(repository) == []
    assert repository.remarks == [f"{FILE}: not checked by ESLint: no network"]
    assert not (repository.root / ACCEPTED).exists()
