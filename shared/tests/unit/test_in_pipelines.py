"""Which tests are skipped in a pipeline."""

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
    result = pytester.runpytest_inprocess("-p", "ecom_testkit.in_pipelines", "-rs", "-p", "no:cacheprovider")
    result.assert_outcomes(skipped=skipped, failed=failed)
    if skipped:
        result.stdout.fnmatch_lines(["*users is not deployed yet*"])


ALONE = """
    import pytest

    @pytest.mark.not_in_pipelines("it would disturb others")
    def test_takes_a_permission():
        pass

    def test_takes_none():
        pass
"""


@pytest.mark.parametrize(("missing", "skipped"), [(None, 0), ("", 1), ("orders", 1)])
def test_a_marked_test_is_skipped_in_a_pipeline(
    pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch, missing: str | None, skipped: int
) -> None:
    monkeypatch.delenv("ECOM_NOT_DEPLOYED", raising=False)
    if missing is not None:
        monkeypatch.setenv("ECOM_NOT_DEPLOYED", missing)
    pytester.makeini("[pytest]\nmarkers = not_in_pipelines(reason)")
    pytester.makepyfile(ALONE)
    result = pytester.runpytest_inprocess("-p", "ecom_testkit.in_pipelines", "-rs", "-p", "no:cacheprovider")
    result.assert_outcomes(skipped=skipped, passed=2 - skipped)
    if skipped:
        result.stdout.fnmatch_lines(["*not in pipelines: it would disturb others*"])
