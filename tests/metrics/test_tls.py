"""The session over TLS, with an authority of its own."""

import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from tests.lying_server import LyingServer, lying_server
from tests.metrics.asking import SECRET, UP, fetched, healthy, reason, settings


class Authority:
    """A certificate authority that signs for 127.0.0.1 and for one client."""

    def __init__(self, place: Path) -> None:
        self.place = place
        self.key = ec.generate_private_key(ec.SECP256R1())
        self.name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "promoter test authority")])
        self.file = self.write("ca.pem", self.certificate(self.name, self.key, authority=True))
        self.server = self.pair("server")
        self.client = self.pair("client")

    def certificate(self, name: x509.Name, key: ec.EllipticCurvePrivateKey, *, authority: bool) -> bytes:
        now = datetime(2020, 1, 1, tzinfo=UTC)
        addresses = x509.SubjectAlternativeName([x509.IPAddress(ip_address("127.0.0.1"))])
        builder = (
            x509.CertificateBuilder()
            .subject_name(name)
            .issuer_name(self.name)
            .public_key(key.public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(now)
            .not_valid_after(now + timedelta(days=365 * 50))
            .add_extension(x509.BasicConstraints(ca=authority, path_length=None), critical=True)
            .add_extension(addresses, critical=False)
        )
        return builder.sign(self.key, hashes.SHA256()).public_bytes(serialization.Encoding.PEM)

    def pair(self, name: str) -> tuple[str, str]:
        key = ec.generate_private_key(ec.SECP256R1())
        subject = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, name)])
        private = key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
        certificate = self.certificate(subject, key, authority=False)
        return self.write(f"{name}.pem", certificate), self.write(f"{name}.key", private)

    def write(self, name: str, content: bytes) -> str:
        (self.place / name).write_bytes(content)
        return str(self.place / name)

    @contextmanager
    def serving(self, *, ask_client: bool = False) -> Iterator[LyingServer]:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(*self.server)
        if ask_client:
            context.load_verify_locations(self.file)
            context.verify_mode = ssl.CERT_REQUIRED
        with lying_server(healthy, tls=context) as server:
            yield server


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    return Authority(tmp_path_factory.mktemp("authority"))


def test_a_certificate_of_an_unknown_authority_is_refused(authority: Authority) -> None:
    with authority.serving() as server:
        text = reason(settings(server.url, bearer_token=SECRET))
        assert "certificate verify failed" in text
        assert "PROMETHEUS_CA_FILE" in text
    assert server.seen == []


def test_a_certificate_of_the_given_authority_is_accepted(authority: Authority) -> None:
    with authority.serving() as server:
        assert fetched(settings(server.url, ca_file=authority.file, bearer_token=SECRET)) == [UP]


def test_a_client_certificate_is_shown_where_it_is_asked_for(authority: Authority) -> None:
    certificate, key = authority.client
    with authority.serving(ask_client=True) as server:
        given = settings(server.url, ca_file=authority.file)
        assert "127.0.0.1" in reason(given)
        assert fetched(replace(given, client_cert=certificate, client_key=key)) == [UP]


def test_a_ca_file_that_is_none_is_told(authority: Authority) -> None:
    with authority.serving() as server:
        assert "TLS" in reason(settings(server.url, ca_file=authority.client[1]))
        assert "ca.gone" in reason(settings(server.url, ca_file="/ca.gone"))
