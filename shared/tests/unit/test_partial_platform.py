"""A test that needs a service which is not deployed yet is skipped where that is known, and fails elsewhere."""

import pytest

pytest_plugins = ["pytester"]

TEST = """
    from ecom_client.platform import NotDeployed

    def test_needs_users():
        raise NotDeployed("users", "/ecommerce/tests/users/user-pool/id")
"""


@pytest.mark.parametrize(
    ("missing", "skipped", "failed"), [("", 0, 1), ("orders", 0, 1), ("users", 1, 0), ("orders,users", 1, 0)]
)
def test_only_a_missing_service_that_is_known_is_skipped(
    pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch, missing: str, skipped: int, failed: int
) -> None:
    monkeypatch.setenv("ECOM_NOT_DEPLOYED", missing)
    pytester.makepyfile(TEST)
    result = pytester.runpytest_inprocess("-p", "ecom_testkit.partial_platform", "-rs", "-p", "no:cacheprovider")
    result.assert_outcomes(skipped=skipped, failed=failed)
    if skipped:
        result.stdout.fnmatch_lines(["*users is not deployed yet*"])
