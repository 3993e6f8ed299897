"""`.local/env`: shell text that points AWS SDKs and the AWS CLI at this cloud, and keeps them away from AWS.

AWS CLI v1 ignores `AWS_ENDPOINT_URL` for SQS, EMR, RDS, Health and others, and older versions ignore it for all
services. Hence a shell function that passes `--endpoint-url`, and, for programs that start the CLI, a bundle of
certificates that no server of AWS fits: the connection ends before a request is sent.
"""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from tools.local.home import REGION

# They would send a request elsewhere, or make an SDK ignore `AWS_ENDPOINT_URL`.
UNSET = ("AWS_PROFILE", "AWS_DEFAULT_PROFILE", "AWS_SESSION_TOKEN")
_OWN_ENDPOINTS = """\
for name in $(env | sed -n 's/^\\(AWS_ENDPOINT_URL_[A-Z0-9_]*\\)=.*/\\1/p'); do unset "$name"; done"""
_FUNCTION = """\
aws() { command aws ${AWS_ENDPOINT_URL:+--endpoint-url "$AWS_ENDPOINT_URL"} "$@"; }"""
_YEARS = timedelta(days=3650)


def environment_file(endpoint: str, key: str, secret: str, bundle: Path, variables: Mapping[str, str]) -> str:
    """Shell text with the administrator's credentials. `bundle`: the file with `unknown_authority`."""
    values = {
        "AWS_ENDPOINT_URL": endpoint,
        "AWS_IGNORE_CONFIGURED_ENDPOINT_URLS": "false",
        "AWS_CA_BUNDLE": str(bundle),
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


def unknown_authority(now: datetime | None = None) -> str:
    """A certificate authority that has signed nothing. Its private key is not kept."""
    now = now or datetime.now(UTC)
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "local cloud: AWS is out of reach in this shell")])
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + _YEARS)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .sign(key, hashes.SHA256())
    )
    return certificate.public_bytes(serialization.Encoding.PEM).decode()
