"""Clients of AWS."""

import functools
import logging
import os
from typing import Any

import boto3
from botocore.config import Config

from pipeline_service.passed_revisions import PassedRevisions

# With JSON logs Lambda sets the level of all loggers, and the SDK logs each search for credentials.
logging.getLogger("botocore").setLevel(logging.WARNING)

CONFIG = Config(retries={"mode": "standard", "total_max_attempts": 5}, connect_timeout=5, read_timeout=30)


def client(name: str, **credentials: str) -> Any:
    return boto3.client(name, config=CONFIG, **credentials)  # type: ignore[call-overload]  # the stubs know literal names only


@functools.cache
def codepipeline() -> Any:
    return client("codepipeline")


def passed_revisions() -> PassedRevisions:
    return PassedRevisions(client("ssm"), os.environ["PASSED_REVISIONS"])
