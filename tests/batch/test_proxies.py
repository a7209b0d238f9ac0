"""Which calls go by a proxy: none on this machine, all others as the environment says."""

from __future__ import annotations

import contextlib
import datetime as dt
import ipaddress
import socket
import ssl
import threading
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from pulumi_sentinelhub.batch.v1.client import BatchClient
from pulumi_sentinelhub.config.settings import is_loopback
from pulumi_sentinelhub.errors import Unreachable
from tests.support.clock import HandClock
from tests.support.drip import Server, says, streams
from tests.support.wire import ID, SECRET, TOKEN, settings

GOOD = says(b'{"id": "a", "status": "DONE"}')
VARIABLES = ("HTTP_PROXY", "http_proxy", "HTTPS_PROXY", "https_proxy", "ALL_PROXY", "all_proxy")


@pytest.fixture(autouse=True)
def no_proxies(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in (*VARIABLES, "NO_PROXY", "no_proxy"):
        monkeypatch.delenv(name, raising=False)


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "LOCALHOST"])
def test_secret_and_token_stay_on_this_machine(host: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever the environment says of proxies, none of them hears of a call to a loopback address."""
    with Server(GOOD) as proxy, Server(GOOD) as server:
        for name in VARIABLES:
            monkeypatch.setenv(name, proxy.url)
        there = settings(host=f"http://{host}:{server.port}")
        assert BatchClient(there, clock=HandClock()).get_request(ID).status == "DONE"
        assert (proxy.connections, proxy.calls) == (0, [])
        assert len(server.calls) == 1


@pytest.mark.parametrize(
    ("url", "loopback"),
    [
        ("http://localhost:1/x", True),
        ("http://127.9.9.9", True),
        ("https://[::1]:8/", True),
        ("https://localhost.example", False),
        ("https://127.0.0.1.example", False),
        ("https://example/localhost", False),
        ("https://10.0.0.1", False),
        ("https://user@127.0.0.1@evil.example/", False),
        ("http://[evil/", False),
        ("", False),
    ],
)
def test_what_this_machine_is(url: str, loopback: bool) -> None:
    """A name or an address, not something that looks like one."""
    assert is_loopback(url) is loopback


class Tunnel(Server):
    """A proxy that lets CONNECT through to one place.

    Attributes:
        heard: what it was told in clear.
    """

    def __init__(self, to: int) -> None:
        self._to = to
        self.heard: list[bytes] = []
        super().__init__(GOOD)

    def _serve(self, connection: socket.socket) -> None:
        with (
            connection,
            socket.create_connection(("127.0.0.1", self._to), 5) as inner,
            contextlib.suppress(OSError),
        ):
            self.heard.append(connection.recv(65536))
            connection.sendall(b"HTTP/1.1 200 Connection established\r\n\r\n")
            back = threading.Thread(target=_pump, args=(inner, connection), daemon=True)
            back.start()
            _pump(connection, inner)
            back.join(5)


def _pump(source: socket.socket, target: socket.socket) -> None:
    with contextlib.suppress(OSError):
        while data := source.recv(65536):
            target.sendall(data)
        target.shutdown(socket.SHUT_WR)


class TlsServer(Server):
    """The service, with a certificate for ``hub.example``."""

    def __init__(self, pem: Path) -> None:
        self._context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self._context.load_cert_chain(pem)
        super().__init__(GOOD)

    def _serve(self, connection: socket.socket) -> None:
        with contextlib.suppress(OSError):
            super()._serve(self._context.wrap_socket(connection, server_side=True))


@pytest.fixture(scope="module")
def pem(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Key and self-signed certificate of ``hub.example``."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "hub.example")])
    now = dt.datetime.now(dt.timezone.utc)
    names = [x509.DNSName("hub.example"), x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now - dt.timedelta(days=1))
        .not_valid_after(now + dt.timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName(names), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    path = tmp_path_factory.mktemp("tls") / "hub.pem"
    secret = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    path.write_bytes(secret + certificate.public_bytes(serialization.Encoding.PEM))
    return path


def test_nor_do_they_leave_it_by_tls(pem: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The same where this machine is called by HTTPS, with the certificates that the environment names."""
    with Server(GOOD) as proxy, TlsServer(pem) as server:
        for name in VARIABLES:
            monkeypatch.setenv(name, proxy.url)
        monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(pem))
        there = settings(host=f"https://127.0.0.1:{server.port}")
        assert BatchClient(there, clock=HandClock()).get_request(ID).status == "DONE"
        assert (proxy.connections, proxy.calls) == (0, [])
        assert len(server.calls) == 1


def test_a_real_proxy_goes_on_working(pem: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Calls to another machine go through it, and it hears where to, but neither secret nor token."""
    with TlsServer(pem) as server, Tunnel(server.port) as proxy:
        monkeypatch.setenv("HTTPS_PROXY", proxy.url)
        monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(pem))
        client = BatchClient(settings(), clock=HandClock())
        assert [client.get_request(ID).status for _ in range(3)] == ["DONE"] * 3
        assert [heard.split()[:2] for heard in proxy.heard] == [[b"CONNECT", b"hub.example:443"]] * 2
        assert server.calls[0].startswith(b"GET /api/v1/batch/process/")
        for heard in proxy.heard:
            assert SECRET.encode() not in heard
            assert TOKEN.encode() not in heard


def test_a_proxy_that_refuses(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing was sent, so a POST too is tried again, and then the proxy is named as the reason."""
    with (
        Server(GOOD) as token,
        Server(streams(b"HTTP/1.1 407 Proxy Authentication Required\r\n\r\n")) as proxy,
    ):
        monkeypatch.setenv("HTTPS_PROXY", proxy.url)
        there = settings(token_url=token.url + "/token")
        with pytest.raises(Unreachable, match="by way of the proxy"):
            BatchClient(there, clock=HandClock()).start(ID)
        assert [call[:7] for call in proxy.calls] == [b"CONNECT"] * 4
