"""The port of the local cloud serves HTTP and TLS, with a certificate for this machine alone."""

import http.client
import json
import socket
import ssl
import stat
from contextlib import closing
from datetime import UTC, datetime, timedelta
from ipaddress import IPv4Address
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from cryptography import x509

from ecom_client.polling import poll
from tools.local.certificate import RENEW_BEFORE_END, VALID, new_certificate, server_context
from tools.local.client import Cloud
from tools.local.home import Home
from tools.local.lifecycle import HEALTH

NOW = datetime(2030, 1, 1, tzinfo=UTC)


def port_of(cloud: Cloud) -> int:
    port = urlsplit(cloud.endpoint).port
    assert port is not None
    return port


def trusting(cloud: Cloud) -> ssl.SSLContext:
    return ssl.create_default_context(cafile=cloud.home.certificate)


@pytest.fixture
def home(tmp_path: Path) -> Home:
    made = Home(tmp_path)
    made.make()
    return made


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost"])
def test_one_port_serves_http_and_https(cloud: Cloud, host: str) -> None:
    port = port_of(cloud)
    for connection in (
        http.client.HTTPConnection(host, port, timeout=10),
        http.client.HTTPSConnection(host, port, timeout=10, context=trusting(cloud)),
    ):
        connection.request("GET", HEALTH)
        assert json.load(connection.getresponse())["status"] == "ok"
        connection.request("GET", HEALTH)  # a second request on the same connection
        assert connection.getresponse().status == 200
        connection.close()


def test_a_client_that_does_not_trust_the_certificate_refuses_it_and_the_log_says_so(cloud: Cloud) -> None:
    untrusting = http.client.HTTPSConnection(
        "127.0.0.1", port_of(cloud), timeout=10, context=ssl.create_default_context()
    )
    with closing(untrusting), pytest.raises(ssl.SSLCertVerificationError):
        untrusting.request("GET", HEALTH)
    poll(cloud.home.log.read_text, lambda text: "it must trust certificate.pem" in text, 10, "warning")


def test_idle_and_broken_connections_hold_up_nobody(cloud: Cloud) -> None:
    address = ("127.0.0.1", port_of(cloud))
    silent = [socket.create_connection(address, timeout=10) for _ in range(20)]
    broken = socket.create_connection(address, timeout=10)
    broken.sendall(b"\x16 this is no TLS")
    gone = socket.create_connection(address, timeout=10)
    gone.close()
    connection = http.client.HTTPConnection(*address, timeout=10)
    connection.request("GET", HEALTH)
    assert connection.getresponse().status == 200
    late = silent[0]  # a connection is served whenever its first byte comes
    late.sendall(f"GET {HEALTH} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n".encode())
    assert late.recv(12) == b"HTTP/1.1 200"
    connection.close()
    for each in (*silent, broken):
        each.close()


def test_the_certificate_is_for_this_machine_and_can_sign_no_other(home: Home) -> None:
    server_context(home, NOW)
    certificate = x509.load_pem_x509_certificate(home.certificate.read_bytes())
    names = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    assert names.get_values_for_type(x509.IPAddress) == [IPv4Address("127.0.0.1")]
    assert names.get_values_for_type(x509.DNSName) == ["localhost"]
    assert not certificate.extensions.get_extension_for_class(x509.BasicConstraints).value.ca
    assert certificate.not_valid_after_utc - certificate.not_valid_before_utc <= timedelta(days=398)
    assert stat.S_IMODE(home.certificate_key.stat().st_mode) == 0o600


def test_the_certificate_stays_until_it_is_about_to_expire_and_survives_fresh(home: Home) -> None:
    server_context(home, NOW)
    first = home.certificate.read_bytes()
    home.wipe()
    server_context(home, NOW + VALID - RENEW_BEFORE_END - timedelta(days=1))
    assert home.certificate.read_bytes() == first
    server_context(home, NOW + VALID - RENEW_BEFORE_END + timedelta(days=1))
    assert home.certificate.read_bytes() != first


def test_a_certificate_without_its_key_is_made_anew(home: Home) -> None:
    server_context(home, NOW)
    first = home.certificate.read_bytes()
    home.certificate_key.write_text(new_certificate(NOW)[1])
    server_context(home, NOW)
    assert home.certificate.read_bytes() != first
