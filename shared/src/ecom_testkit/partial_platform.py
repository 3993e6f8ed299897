"""The pytest plugin for an environment that does not have all services yet.

A pipeline tests a service before the services that depend on it are deployed for the first time. It names those in
`ECOM_NOT_DEPLOYED`, with commas: a test that needs one of them is skipped. Any other missing service fails the test.
"""

import os
from collections.abc import Generator

import pytest

from ecom_client.platform import NOT_DEPLOYED, NotDeployed


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
