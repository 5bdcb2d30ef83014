"""The portal asks its own addresses as a browser does: that web or proxy is dead is known to nobody else of ours."""

import contextlib
import socket
import ssl
import threading
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from django.db.models import F

from portal import causes
from portal.health import outside
from portal.health.models import Address

pytestmark = pytest.mark.django_db


class Answers(BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(self.server.status if self.path == "/healthz" else 404)
        self.end_headers()

    def log_message(self, *arguments):
        pass


@contextlib.contextmanager
def served(tls=None, status=200):
    server = HTTPServer(("127.0.0.1", 0), Answers)
    server.status = status
    if tls:
        server.socket = tls.wrap_socket(server.socket, server_side=True)
    thread = threading.Thread(target=server.serve_forever, args=[0.05], daemon=True)
    thread.start()
    try:
        yield server
    finally:
        server.shutdown()
        server.server_close()


def secured(tmp_path, days):
    """TLS with a certificate for localhost that holds so many days, and the file by which it is believed."""
    key, name = ec.generate_private_key(ec.SECP256R1()), x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "x")])
    ends = datetime.now(UTC) + timedelta(days)
    begins = ends - timedelta(90)
    made = x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number(), begins, ends)
    names = x509.SubjectAlternativeName([x509.DNSName("localhost")])
    pem, file = serialization.Encoding.PEM, tmp_path / "both.pem"
    private = key.private_bytes(pem, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    file.write_bytes(private + made.add_extension(names, False).sign(key, hashes.SHA256()).public_bytes(pem))
    tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    tls.load_cert_chain(file)
    return tls, file


@pytest.fixture
def look(settings):
    """`look(address)` as a worker does once a minute; what is told afterwards: {kind: sentence}."""

    def at(address):
        settings.PORTAL_URL = settings.STAFF_URL = address
        Address.objects.update(looked_at=F("looked_at") - timedelta(minutes=2))
        outside.look()
        kinds = [causes.kind(name) for name in ("health.address", "health.certificate")]
        return {kind.name: kind.sentence(subject) for kind in kinds for subject in kind.causes()}

    return at


def test_an_address_that_answered_and_does_not_any_more_is_told_until_it_does_again(look):
    with served() as server:
        address = f"http://localhost:{server.server_port}"
        assert look(address) == {}
    assert address in look(address)["health.address"] and "refused" in str(Address.objects.get())
    with served() as server:
        assert look(f"http://localhost:{server.server_port}") == {}


def test_a_proxy_whose_web_server_is_dead_is_told(look):
    with served() as server:
        address = f"http://localhost:{server.server_port}"
        look(address)
        server.status = 502
        assert "HTTP 502" in look(address)["health.address"]


def test_an_address_that_never_answered_from_here_blames_nobody(look):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        address = f"http://localhost:{taken.getsockname()[1]}"
    assert look(address) == {} and "it never did from here" in str(Address.objects.get())


def test_where_there_is_no_network_it_is_a_sentence_and_no_alarm(look, monkeypatch):
    with served() as server:
        address = f"http://localhost:{server.server_port}"
        look(address)

        def no_name(*arguments, **options):
            raise socket.gaierror(socket.EAI_AGAIN, "Temporary failure in name resolution")

        monkeypatch.setattr(socket, "getaddrinfo", no_name)
        assert look(address) == {}
    assert "cannot be asked from here (Temporary failure" in str(Address.objects.get())


@pytest.mark.parametrize(("days", "is_told"), [(30, False), (10, True)])
def test_a_certificate_near_its_end_is_told(look, tmp_path, monkeypatch, days, is_told):
    tls, file = secured(tmp_path, days)
    monkeypatch.setenv("SSL_CERT_FILE", str(file))
    with served(tls) as server:
        told = look(f"https://localhost:{server.server_port}")
    assert ("has not been renewed" in told.get("health.certificate", "")) == is_told and len(told) == is_told


@pytest.mark.parametrize(("days", "why"), [(30, "self-signed"), (-1, "expired")])
def test_a_certificate_that_no_browser_believes_is_told(look, tmp_path, monkeypatch, days, why):
    tls, file = secured(tmp_path, days)
    if days < 0:
        monkeypatch.setenv("SSL_CERT_FILE", str(file))
    with served(tls) as server:
        assert why in look(f"https://localhost:{server.server_port}")["health.certificate"]


def test_another_address_begins_anew_and_one_that_is_no_more_is_forgotten(look, settings):
    with served() as server:
        look(f"http://localhost:{server.server_port}")
    assert look("http://localhost:1") == {}, "it never answered there"
    settings.STAFF_URL = "http://127.0.0.1:1"
    outside.look()
    assert set(Address.objects.values_list("site", flat=True)) == {"families", "staff"}
    settings.STAFF_URL = settings.PORTAL_URL
    outside.look()
    assert [row.site for row in Address.objects.all()] == ["families"]


def test_of_several_workers_one_asks(look, monkeypatch):
    asked = []
    monkeypatch.setattr(outside, "_ask", asked.append)
    look("http://localhost:1")
    outside.look()
    assert len(asked) == 1
