"""The certificate of a local cloud: for 127.0.0.1 and localhost only, made in its folder, no authority.

It signs itself and cannot sign others. Who trusts it trusts this cloud alone, even if the key leaks.
"""

import ssl
from datetime import UTC, datetime, timedelta
from ipaddress import IPv4Address
from pathlib import Path

from tools.local.home import Home, write_private

# Apple's clients refuse certificates that are valid for longer than 398 days.
VALID = timedelta(days=397)
RENEW_BEFORE_END = timedelta(days=30)


def server_context(home: Home, now: datetime) -> ssl.SSLContext:
    """A TLS context with the folder's certificate. A missing or expiring certificate is made anew."""
    if not _is_usable(home.certificate, home.certificate_key, now):
        certificate, key = new_certificate(now)
        write_private(home.certificate_key, key)
        write_private(home.certificate, certificate)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.load_cert_chain(home.certificate, home.certificate_key)
    context.set_alpn_protocols(["http/1.1"])
    return context


def new_certificate(now: datetime) -> tuple[str, str]:
    """A certificate and its key, both PEM."""
    from cryptography import x509
    from cryptography.hazmat.primitives import hashes, serialization
    from cryptography.hazmat.primitives.asymmetric import ec
    from cryptography.x509.oid import ExtendedKeyUsageOID

    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "local cloud")])
    names = [x509.IPAddress(IPv4Address("127.0.0.1")), x509.DNSName("localhost")]
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(hours=1))
        .not_valid_after(now - timedelta(hours=1) + VALID)
        .add_extension(x509.SubjectAlternativeName(names), critical=False)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), critical=False)
        .sign(key, hashes.SHA256())
    )
    private = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    return certificate.public_bytes(serialization.Encoding.PEM).decode(), private.decode()


def _is_usable(certificate: Path, key: Path, now: datetime) -> bool:
    """Whether both files belong together and the certificate stays valid for a while."""
    try:
        ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER).load_cert_chain(certificate, key)
    except (OSError, ssl.SSLError):
        return False
    from cryptography import x509

    return now + RENEW_BEFORE_END < x509.load_pem_x509_certificate(certificate.read_bytes()).not_valid_after_utc


def utc_now() -> datetime:
    return datetime.now(UTC)
