"""What AWS withholds from new accounts, or limits for them: each finding with what to do."""

import pytest

from tools.deploy import new_account
from tools.deploy.account import Check
from tools.deploy.check_account import CHECKS
from tools.project.environments import Environment
from tools.project.services import Service, discover, of_platform
from tools.tests.deploy.test_check_account import ANSWERS, DEV, found

LOCAL = Environment("local", "local", "eu-west-1")


@pytest.mark.parametrize(("count", "state"), [(0, "unknown"), (1, "ok")])
def test_aws_may_want_to_verify_an_account_without_a_distribution(count: int, state: str) -> None:
    listed = {"Marker": "", "MaxItems": 1, "IsTruncated": False, "Quantity": count}
    answers: ANSWERS = {"cloudfront": [("list_distributions", {"DistributionList": listed})]}
    (row,) = found(new_account.distributions, answers, DEV, **discover())
    assert (row.what, row.state, bool(row.todo)) == ("CloudFront", state, state != "ok")


def test_no_distribution_is_needed_without_a_template_that_has_one(services: dict[str, Service]) -> None:
    assert [row.state for row in found(new_account.distributions, {}, alpha=services["alpha"])] == ["ok"]
    assert [row.state for row in found(new_account.distributions, {}, LOCAL, **discover())] == ["ok"]


@pytest.mark.parametrize(("quota", "state"), [(1, "limit"), (len(of_platform()), "ok")])
def test_builds_for_the_tests_of_all_pipelines(quota: int, state: str) -> None:
    answers: ANSWERS = {"service-quotas": [("get_service_quota", {"Quota": {"Value": quota}})]}
    (row,) = found(new_account.builds, answers, DEV, **discover())
    assert (row.what, row.state) == ("CodeBuild", state)
    builds = len(of_platform())
    assert (
        row.found == f"{quota} at once; a push that changes all services starts {builds} builds (only with pipelines)"
    )
    command = f"--service-code codebuild --quota-code L-5ED1D25B --desired-value {builds}"
    assert row.todo.endswith(command if state == "limit" else "")


def test_a_new_account_has_the_default_of_builds() -> None:
    default = ("get_aws_default_service_quota", {"Quota": {"Value": 1.0}})
    answers: ANSWERS = {"service-quotas": [("get_service_quota", "NoSuchResourceException"), default]}
    (row,) = found(new_account.builds, answers, DEV, **discover())
    assert row.state == "limit"


@pytest.mark.parametrize(
    ("check", "service", "operation"),
    [
        (new_account.distributions, "cloudfront", "list_distributions"),
        (new_account.builds, "service-quotas", "get_service_quota"),
    ],
)
def test_a_row_has_the_same_label_if_the_account_cannot_be_read(check: Check, service: str, operation: str) -> None:
    (row,) = found(check, {service: [(operation, "AccessDeniedException")]}, DEV, **discover())
    (of_local,) = found(check, {}, LOCAL, **discover())
    assert (row.state, row.what) == ("unknown", of_local.what)


def test_the_command_asks_for_both() -> None:
    assert {new_account.distributions, new_account.builds} <= set(CHECKS)
