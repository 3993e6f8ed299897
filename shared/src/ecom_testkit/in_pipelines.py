"""The pytest plugin for `deployed` tests that a pipeline runs.

- The environment may not have all services yet. The pipeline names the missing ones in `ECOM_NOT_DEPLOYED`, with
  commas: a test that needs one of them is skipped. Any other missing service fails the test.
- The tests of other pipelines use the environment at the same time, and a build has no browser and no local cloud of
  its own. A test marked `not_in_pipelines(reason)` is skipped when `ECOM_NOT_DEPLOYED` is set, even to an empty text.
"""

import os
from collections.abc import Generator

import pytest

from ecom_client.platform import NOT_DEPLOYED, NotDeployed


def pytest_runtest_setup(item: pytest.Item) -> None:
    marker = item.get_closest_marker("not_in_pipelines")
    if marker and NOT_DEPLOYED in os.environ:
        pytest.skip(f"not in pipelines: {marker.args[0]}")


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[None]
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    report = yield
    error = call.excinfo.value if call.excinfo else None
    if isinstance(error, NotDeployed) and error.service in os.environ.get(NOT_DEPLOYED, "").split(","):
        report.outcome = "skipped"
        report.longrepr = (str(item.path), item.location[1] or 0, f"Skipped: {error.service} is not deployed yet")
    return report
