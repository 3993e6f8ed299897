"""Clients of AWS in a function that logs JSON."""

import subprocess
import sys

import pytest

import ecom

# AWS's runtime sets the level of the root logger to the function's ApplicationLogLevel.
CODE = """
import logging, sys
logging.basicConfig(stream=sys.stdout, level="INFO", format="%(name)s %(message)s")
from ecom import aws
aws.{made}
logging.getLogger("own").info("noted")
"""


@pytest.mark.parametrize("made", ["dynamodb()", "client('events')", "signed_client()._credentials()"])
def test_the_sdk_writes_no_lines_when_a_client_is_made(made: str) -> None:
    environment = {
        "PYTHONPATH": ":".join([*ecom.__path__[0].rsplit("/", 1)[:1], *sys.path]),
        "AWS_ACCESS_KEY_ID": "key",
        "AWS_SECRET_ACCESS_KEY": "secret",
        "AWS_REGION": "us-east-1",
        "AWS_DEFAULT_REGION": "us-east-1",
        "AWS_ENDPOINT_URL": "http://127.0.0.1:1",
    }
    command = [sys.executable, "-c", CODE.format(made=made)]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=True)
    assert done.stdout == "own noted\n"
