"""The stack of `rest_callers.yaml`, for tests of tokens and of API keys."""

from collections.abc import Iterator

import pytest

from tools.local.client import Cloud
from tools.tests.local.stacks import Stack, deployed, template


@pytest.fixture(scope="module")
def callers(cloud: Cloud) -> Iterator[Stack]:
    with deployed(cloud, "callers", template("rest_callers")) as stack:
        yield stack


@pytest.fixture(scope="module")
def url(cloud: Cloud, callers: Stack) -> str:
    return f"{cloud.endpoint}/_aws/execute-api/{callers.outputs()['Api']}/prod"
