"""The processes of functions."""

import fcntl
import os
import resource
from collections.abc import Iterator
from typing import IO

import pytest

from tools.local.aws.lambda_.processes import is_readable

MOST_OF_SELECT = 1024


@pytest.fixture
def high_pipe() -> Iterator[tuple[IO[bytes], IO[bytes]]]:
    """A pipe whose reading end has a number as in a cloud with many functions."""
    limits = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (max(limits[0], MOST_OF_SELECT + 100), limits[1]))
    low, write = os.pipe()
    high = fcntl.fcntl(low, fcntl.F_DUPFD, MOST_OF_SELECT + 1)
    os.close(low)
    with open(high, "rb") as reader, open(write, "wb") as writer:  # noqa: PTH123 - not paths
        yield reader, writer
    resource.setrlimit(resource.RLIMIT_NOFILE, limits)


def test_an_idle_process_is_not_readable_and_an_ended_one_is(high_pipe: tuple[IO[bytes], IO[bytes]]) -> None:
    reader, writer = high_pipe
    assert not is_readable(reader)
    writer.close()
    assert is_readable(reader)


def test_output_is_readable(high_pipe: tuple[IO[bytes], IO[bytes]]) -> None:
    reader, writer = high_pipe
    writer.write(b"x")
    writer.flush()
    assert is_readable(reader)
