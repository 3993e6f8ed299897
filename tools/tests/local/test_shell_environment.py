"""`. .local/env`: what a shell and its programs see, and that none of them reaches AWS."""

import contextlib
import os
import socket
import ssl
import subprocess
import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from threading import Thread

import pytest

from tools.local.certificate import new_certificate
from tools.local.client import Cloud, read_environment
from tools.local.home import Home
from tools.local.shell_environment import environment_file

ENDPOINT = "http://127.0.0.1:4566"
HOSTILE = {
    "AWS_PROFILE": "work",
    "AWS_DEFAULT_PROFILE": "work",
    "AWS_SESSION_TOKEN": "token",
    "AWS_ENDPOINT_URL": "https://example.com",
    "AWS_ENDPOINT_URL_SQS": "https://sqs.example.com",
    "AWS_ENDPOINT_URL_COGNITO_IDENTITY_PROVIDER": "https://cognito.example.com",
    "AWS_IGNORE_CONFIGURED_ENDPOINT_URLS": "true",
}


@pytest.fixture
def home(tmp_path: Path) -> Home:
    home = Home(tmp_path / "it's here")
    home.folder.mkdir()
    home.certificate.write_text(new_certificate(datetime.now(UTC))[0])
    home.env.write_text(environment_file(ENDPOINT, "key", "secret", home.certificate, {"ECOM_ENVIRONMENT": "local"}))
    return home


def shell(home: Home, script: str, **environ: str) -> str:
    given = {"PATH": os.environ["PATH"], **HOSTILE, **environ}
    done = subprocess.run(
        ["sh", "-eu", "-c", f'. "$0"\n{script}', home.env], env=given, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_variables_of_another_cloud_are_replaced_or_removed(home: Home) -> None:
    seen = dict(line.split("=", 1) for line in shell(home, "env").splitlines())
    assert {name: value for name, value in seen.items() if name.startswith("AWS_")} == {
        "AWS_ENDPOINT_URL": ENDPOINT,
        "AWS_IGNORE_CONFIGURED_ENDPOINT_URLS": "false",
        "AWS_CA_BUNDLE": str(home.certificate),
        "AWS_REGION": "us-east-1",
        "AWS_DEFAULT_REGION": "us-east-1",
        "AWS_ACCESS_KEY_ID": "key",
        "AWS_SECRET_ACCESS_KEY": "secret",
    }


def test_tools_read_the_same_variables(home: Home) -> None:
    seen = dict(line.split("=", 1) for line in shell(home, "env").splitlines())
    assert read_environment(home).items() <= seen.items()
    assert read_environment(home)["AWS_CA_BUNDLE"] == str(home.certificate)


@pytest.fixture
def fake_cli(tmp_path: Path) -> str:
    """A PATH with a program `aws` that prints its arguments."""
    program = tmp_path / "bin" / "aws"
    program.parent.mkdir()
    program.write_text('#!/bin/sh\necho "$@"\n')
    program.chmod(0o755)
    return f"{program.parent}:{os.environ['PATH']}"


def test_the_aws_cli_gets_the_endpoint_as_an_option(home: Home, fake_cli: str) -> None:
    printed = shell(home, "aws sqs list-queues", PATH=fake_cli)
    assert printed == f"--endpoint-url {ENDPOINT} sqs list-queues\n"
    # In a shell that leaves the local cloud again, the CLI works as usual.
    assert shell(home, "unset AWS_ENDPOINT_URL; aws sqs list-queues", PATH=fake_cli) == "sqs list-queues\n"


@pytest.fixture
def other_server(tmp_path: Path) -> Iterator[tuple[str, Path, list[bytes]]]:
    """A server with TLS in place of one of AWS's: its URL, its certificate, and what it was sent."""
    pem, private = tmp_path / "other.pem", tmp_path / "other.key"
    for path, text in zip((pem, private), new_certificate(datetime.now(UTC)), strict=True):
        path.write_text(text)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(pem, private)
    sent: list[bytes] = []
    with socket.create_server(("127.0.0.1", 0)) as server:

        def serve() -> None:
            while True:
                try:
                    connection, _ = server.accept()
                except OSError:
                    return
                with contextlib.suppress(OSError), context.wrap_socket(connection, server_side=True) as secure:
                    sent.append(secure.recv(65536))

        Thread(target=serve, daemon=True).start()
        yield f"https://127.0.0.1:{server.getsockname()[1]}", pem, sent
        server.shutdown(socket.SHUT_RDWR)


LIST_QUEUES = """
import boto3, sys
from botocore.config import Config
client = boto3.client("sqs", endpoint_url=sys.argv[1], config=Config(retries={"total_max_attempts": 1}))
try:
    client.list_queues()
except Exception as error:
    print(type(error).__name__)
"""


def test_nothing_is_sent_to_another_server(home: Home, other_server: tuple[str, Path, list[bytes]]) -> None:
    url, pem, sent = other_server
    ask = f"'{sys.executable}' -c '{LIST_QUEUES}' {url}"
    assert shell(home, ask) == "SSLError\n"
    assert sent == []
    # The same client does send its request to a server that it trusts.
    shell(home, f"AWS_CA_BUNDLE='{pem}' {ask}")
    assert [text[:7] for text in sent] == [b"POST / "]


def test_an_sdk_without_options_uses_the_cloud_that_wrote_the_file(cloud: Cloud) -> None:
    ask = f"'{sys.executable}' -c 'import boto3; print(boto3.client(\"sts\").get_caller_identity()[\"Arn\"])'"
    assert shell(cloud.home, ask).strip().endswith(":user/administrator")
    assert cloud.home.certificate.stat().st_mode & 0o777 == 0o600
