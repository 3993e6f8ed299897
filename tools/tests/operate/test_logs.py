"""The last log lines of a function."""

from collections.abc import Iterator
from datetime import UTC, datetime
from types import SimpleNamespace

import boto3
import pytest
from moto import mock_aws

from tools.operate import logs

NAMES = [f"service-function-{number:02}" for number in range(60)]


@pytest.fixture
def aws(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "test")
    with mock_aws():
        yield


@pytest.fixture
def many_functions(aws: None, monkeypatch: pytest.MonkeyPatch) -> None:
    """More functions than CloudWatch Logs returns on one page (50); the last one has logged one line."""
    client = boto3.client("logs", region_name="eu-west-1")
    for name in NAMES:
        client.create_log_group(logGroupName=logs.GROUP + name)
    last = logs.GROUP + NAMES[-1]
    client.create_log_stream(logGroupName=last, logStreamName="stream")
    now = 1_000 * int(datetime.now(UTC).timestamp())
    client.put_log_events(
        logGroupName=last, logStreamName="stream", logEvents=[{"timestamp": now, "message": "a line\n"}]
    )
    monkeypatch.setattr(logs, "running_cloud", lambda: SimpleNamespace(client=lambda _service: client))


def test_a_function_on_the_second_page_of_log_groups(many_functions: None, capsys: pytest.CaptureFixture[str]) -> None:
    assert logs.main([NAMES[-1]]) == 0
    assert capsys.readouterr().out.endswith(" a line\n")


def test_a_function_without_a_log_line_says_so(many_functions: None, capsys: pytest.CaptureFixture[str]) -> None:
    assert logs.main([NAMES[0]]) == 0
    out, error = capsys.readouterr()
    assert (out, error) == ("", f"logs: {NAMES[0]} has logged nothing yet\n")


def test_an_unknown_function_lists_all_that_are_deployed(
    many_functions: None, capsys: pytest.CaptureFixture[str]
) -> None:
    assert logs.main(["service-other"]) == 1
    error = capsys.readouterr().err
    assert all(name in error for name in NAMES)
