"""What lists name of a service is added once and removed without a trace."""

import re
import shutil
from pathlib import Path

import pytest

from tools import ROOT
from tools.project.problems import Problem
from tools.scaffold.listings import AUTHORISATION, CONTRACT, DEPLOYING, PROJECT, TEMPLATE, added, fields_of, removed
from tools.scaffold.plan import SCHEMA, Options, Plan, make_plan

FILES = (PROJECT, DEPLOYING, AUTHORISATION, SCHEMA, TEMPLATE, CONTRACT)


@pytest.fixture
def root(tmp_path: Path) -> Path:
    for path in FILES:
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(ROOT / path, tmp_path / path)
    return tmp_path


def plan(name: str = "gift-cards", graphql: str = "GiftCard", api: str = "cognito") -> Plan:
    return make_plan(name, [], [], options=Options(api=api, graphql=graphql, machine=True))


def texts(root: Path) -> dict[Path, str]:
    return {path: (root / path).read_text() for path in FILES}


@pytest.mark.parametrize("api", ["iam", "cognito", "key", ""])
@pytest.mark.parametrize("graphql", ["GiftCard", "Vouchered"])
def test_what_was_added_is_removed_without_a_trace(root: Path, api: str, graphql: str) -> None:
    before = texts(root)
    changed = added(plan(graphql=graphql, api=api), root).write()
    assert set(changed) == {*FILES} - {CONTRACT}
    removed("gift-cards", root).write()
    assert texts(root) == before


def test_two_services_do_not_disturb_each_other(root: Path) -> None:
    added(plan(), root).write()
    between = texts(root)
    added(plan("vouchers", "Voucher"), root).write()
    assert fields_of("gift-cards", root) == {"getGiftCard": "Query", "putGiftCard": "Mutation"}
    assert fields_of("vouchers", root) == {"getVoucher": "Query", "putVoucher": "Mutation"}
    removed("vouchers", root).write()
    assert texts(root) == between


def test_a_failure_brings_the_files_back(root: Path) -> None:
    before = texts(root)
    changes = added(plan(), root)
    changes.write()
    changes.undo()
    assert texts(root) == before


def test_released_fields_stay(root: Path) -> None:
    with pytest.raises(Problem, match=r"products resolves .*getProduct.*promises to clients"):
        removed("products", root)


def test_fields_whose_type_something_else_uses_stay(root: Path) -> None:
    added(plan(), root).write()
    schema = root / SCHEMA
    schema.write_text(schema.read_text() + "\n# --- others ---\ntype Basket { card: GiftCard }\n")
    with pytest.raises(Problem, match=r"GiftCard.*remove the fields of gift-cards yourself"):
        removed("gift-cards", root)


def test_a_list_that_is_not_as_expected_is_named(root: Path) -> None:
    path = root / DEPLOYING
    path.write_text(re.sub(r"\| DynamoDB tables", "| tables", path.read_text()))
    with pytest.raises(Problem, match=r"deploying\.md: the list of services"):
        added(plan(), root)
