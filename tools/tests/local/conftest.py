"""One temporary cloud for all tests of a session. A test that stops or kills a cloud starts its own."""

from collections.abc import Iterator

import pytest

from tools.local.client import Cloud, start_temporary


@pytest.fixture(scope="session")
def cloud(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cloud]:
    with start_temporary(tmp_path_factory.mktemp("cloud")) as running:
        yield running
