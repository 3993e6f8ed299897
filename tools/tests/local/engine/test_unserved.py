"""A service that the local cloud does not have is named in the error that an SDK shows."""

from datetime import UTC, datetime

import pytest
from botocore.exceptions import ClientError

from tools.local.client import Cloud
from tools.local.engine.unserved import CODE


def test_a_missing_service_is_named(cloud: Cloud) -> None:
    now = datetime.now(UTC)
    with pytest.raises(ClientError, match="The local cloud has no xray") as refused:
        cloud.client("xray").get_trace_summaries(StartTime=now, EndTime=now)
    assert refused.value.response["Error"]["Code"] == CODE
