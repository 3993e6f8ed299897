"""`.local/env`: shell text that points AWS SDKs and the AWS CLI at this cloud, and keeps them away from AWS.

AWS CLI v1 ignores `AWS_ENDPOINT_URL` for SQS, EMR, RDS, Health and others, and older versions ignore it for all
services. Hence a shell function that passes `--endpoint-url`, and, for programs that start the CLI, `AWS_CA_BUNDLE`
with this cloud's certificate only: a connection to a server of AWS ends before a request is sent.
"""

from collections.abc import Mapping
from pathlib import Path

from tools.local.home import REGION

# They would send a request elsewhere, or make an SDK ignore `AWS_ENDPOINT_URL`.
UNSET = ("AWS_PROFILE", "AWS_DEFAULT_PROFILE", "AWS_SESSION_TOKEN")
_OWN_ENDPOINTS = """\
for name in $(env | sed -n 's/^\\(AWS_ENDPOINT_URL_[A-Z0-9_]*\\)=.*/\\1/p'); do unset "$name"; done"""
_FUNCTION = """\
aws() { command aws ${AWS_ENDPOINT_URL:+--endpoint-url "$AWS_ENDPOINT_URL"} "$@"; }"""


def environment_file(endpoint: str, key: str, secret: str, certificate: Path, variables: Mapping[str, str]) -> str:
    """Shell text with the administrator's credentials. `certificate`: the file with this cloud's."""
    values = {
        "AWS_ENDPOINT_URL": endpoint,
        "AWS_IGNORE_CONFIGURED_ENDPOINT_URLS": "false",
        "AWS_CA_BUNDLE": str(certificate),
        "AWS_REGION": REGION,
        "AWS_DEFAULT_REGION": REGION,
        "AWS_ACCESS_KEY_ID": key,
        "AWS_SECRET_ACCESS_KEY": secret,
        **variables,
    }
    lines = [
        "# Written by the local cloud at each start. Use it with `. .local/env`, in a shell for this cloud only:",
        "# AWS itself is out of reach in it (tools/local/README.md).",
        f"unset {' '.join(UNSET)}",
        _OWN_ENDPOINTS,
        _FUNCTION,
    ]
    return "\n".join([*lines, *(f"export {name}={_quoted(value)}" for name, value in values.items()), ""])


def _quoted(value: str) -> str:
    return "'" + value.replace("'", "'\\''") + "'"
