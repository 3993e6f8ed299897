"""A cloud whose deployments are short."""

from collections.abc import Iterator

import pytest

from tools.local.aws.codedeploy.traffic import VARIABLE
from tools.local.client import Cloud, start_temporary

MINUTE = 3.0


@pytest.fixture(scope="session")
def shifting(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cloud]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv(VARIABLE, str(MINUTE))
        with start_temporary(tmp_path_factory.mktemp("shifting")) as running:
            yield running
