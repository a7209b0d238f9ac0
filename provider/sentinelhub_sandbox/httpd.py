"""A small threaded HTTP/1.1 server with keep-alive, on loopback.

Werkzeug's development server closes every connection after one answer; clients that pool connections, and
the faults that cut one in the middle, need a server that keeps them.
"""

from __future__ import annotations

import contextlib
import io
import socket
import socketserver
import sys
import threading
import traceback
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote, urlsplit

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIApplication

HOST = "127.0.0.1"
OWN_HEADERS = {"date", "server", "connection", "content-length"}

Environ = dict[str, Any]


@dataclass(frozen=True)
class Answer:
    """An HTTP answer.

    Attributes:
        status: HTTP status.
        headers: without Content-Length, which ``length`` or the body gives.
        body: what is sent.
        length: announced length, bytes, where it is not that of the body (an answer cut short).
    """

    status: int
    headers: tuple[tuple[str, str], ...] = ()
    body: bytes = b""
    length: int | None = None


Application = Callable[[Environ], Answer]


class ConnectionCut(Exception):
    """Raised by an application to close the connection without an answer."""


def wsgi(application: WSGIApplication) -> Application:
    """A WSGI application as one of ours."""

    def ask(environ: Environ) -> Answer:
        started: list[tuple[str, list[tuple[str, str]]]] = []

        def start_response(status: str, headers: list[tuple[str, str]], _error: object = None) -> Any:
            started[:] = [(status, headers)]
            return lambda _: None

        result = application(environ, start_response)
        try:
            body = b"".join(result)
        finally:
            close = getattr(result, "close", None)
            if close is not None:
                close()
        status, headers = started[0]
        announced = next((int(value) for name, value in headers if name.lower() == "content-length"), None)
        kept = tuple((name, value) for name, value in headers if name.lower() not in OWN_HEADERS)
        # The answer to HEAD announces the length of a body that is not sent.
        return Answer(int(status.split()[0]), kept, body, announced if not body else None)

    return ask


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    # Small answers would otherwise wait for the client's delayed acknowledgement, 40 ms each.
    disable_nagle_algorithm = True
    wbufsize = -1
    server: HttpServer

    def __getattr__(self, name: str) -> Any:
        if name.startswith("do_"):
            return self._serve
        raise AttributeError(name)

    def log_message(self, *_: Any) -> None:
        """Nothing: the journal has it."""

    def version_string(self) -> str:
        """What the vendor's gateway calls itself."""
        return "openresty"

    def handle_expect_100(self) -> bool:
        """Let the client send its body; at once, or it waits a second for this."""
        going_on = super().handle_expect_100()
        self.wfile.flush()
        return going_on

    def handle(self) -> None:
        """Serve one connection until either side closes it."""
        try:
            super().handle()
        except (OSError, ValueError):
            self.close_connection = True  # the client went away, or does not speak HTTP

    def _serve(self) -> None:
        try:
            self._send(self.server.application(self._environ()))
        except ConnectionCut:
            self._cut()
        except OSError:
            self.close_connection = True
        except Exception:  # noqa: BLE001  a defect in one answer must not end the server
            traceback.print_exc(file=sys.stderr)
            self._cut()

    def _send(self, answer: Answer) -> None:
        known = HTTPStatus(answer.status).phrase if answer.status in _KNOWN else "Answer"
        self.send_response(answer.status, known)
        for name, value in answer.headers:
            self.send_header(name, value)
        if answer.status not in {HTTPStatus.NO_CONTENT, HTTPStatus.NOT_MODIFIED}:
            self.send_header(
                "Content-Length", str(len(answer.body) if answer.length is None else answer.length)
            )
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(answer.body)
            if answer.length is not None and answer.length > len(answer.body):
                self._cut()
        self.wfile.flush()

    def _cut(self) -> None:
        self.close_connection = True
        with contextlib.suppress(OSError):
            self.wfile.flush()
            self.connection.shutdown(socket.SHUT_RDWR)

    def _read_body(self) -> bytes:
        if self.headers.get("Transfer-Encoding", "").lower() == "chunked":
            parts = []
            while size := int(self.rfile.readline().split(b";")[0], 16):
                parts.append(self.rfile.read(size))
                self.rfile.readline()
            while self.rfile.readline().strip():
                pass
            return b"".join(parts)
        return self.rfile.read(int(self.headers.get("Content-Length") or 0))

    def _environ(self) -> Environ:
        return environ_of(
            self.command,
            self.path,
            self.headers.items(),
            self._read_body(),
            port=self.server.server_port,
            protocol=self.request_version,
            address=self.client_address[0],
        )


def environ_of(
    method: str,
    target: str,
    headers: Iterable[tuple[str, str]],
    body: bytes,
    *,
    port: int,
    protocol: str = "HTTP/1.1",
    address: str = HOST,
) -> Environ:
    """A call as applications see it.

    Args:
        method: HTTP method.
        target: path and query, as they came.
        headers: names and values.
        body: all of it.
        port: that the call came to.
        protocol: version of HTTP.
        address: whom the call is from.
    """
    parts = urlsplit(target)
    headers = list(headers)
    environ: Environ = {
        "REQUEST_METHOD": method,
        "SCRIPT_NAME": "",
        # WSGI strings are bytes in Latin-1's clothes.
        "PATH_INFO": unquote(parts.path, "latin-1"),
        "QUERY_STRING": parts.query,
        "RAW_URI": target,
        "REQUEST_URI": target,
        "CONTENT_TYPE": next((value for name, value in headers if name.lower() == "content-type"), ""),
        "CONTENT_LENGTH": str(len(body)),
        "SERVER_NAME": HOST,
        "SERVER_PORT": str(port),
        "SERVER_PROTOCOL": protocol,
        "REMOTE_ADDR": address,
        "wsgi.version": (1, 0),
        "wsgi.url_scheme": "http",
        "wsgi.input": io.BytesIO(body),
        "wsgi.errors": sys.stderr,
        "wsgi.multithread": True,
        "wsgi.multiprocess": False,
        "wsgi.run_once": False,
        "sandbox.body": body,
    }
    for name, value in headers:
        key = "HTTP_" + name.upper().replace("-", "_")
        if key not in {"HTTP_CONTENT_TYPE", "HTTP_CONTENT_LENGTH", "HTTP_TRANSFER_ENCODING"}:
            environ[key] = f"{environ[key]},{value}" if key in environ else value
    return environ


_KNOWN = {status.value for status in HTTPStatus}


class HttpServer(ThreadingHTTPServer):
    """Serves one application on a loopback port.

    Args:
        port: 0 for any.
        application: makes an answer from a WSGI environment.
    """

    daemon_threads = True
    block_on_close = False
    request_queue_size = 128

    def __init__(self, port: int, application: Application) -> None:
        super().__init__((HOST, port), _Handler)
        self.application = application
        self._connections: set[socket.socket] = set()
        self._guard = threading.Lock()
        self._ending = False
        self._thread = threading.Thread(target=self._accept, daemon=True)

    @property
    def url(self) -> str:
        """Base URL without a trailing slash."""
        return f"http://{HOST}:{self.server_port}"

    def server_bind(self) -> None:
        """Bind without asking the network for a name of the loopback address."""
        socketserver.TCPServer.server_bind(self)
        self.server_name, self.server_port = HOST, self.server_address[1]

    def start(self) -> None:
        """Serve from a thread of its own."""
        self._thread.start()

    def stop(self) -> None:
        """Stop serving and cut the connections that clients keep open."""
        self._ending = True
        if self._thread.is_alive():
            with contextlib.suppress(OSError):  # a last one, so that it looks up
                socket.create_connection((HOST, self.server_port), timeout=5).close()
            self._thread.join(timeout=5)
        self.server_close()
        with self._guard, contextlib.suppress(OSError):
            for connection in self._connections:
                connection.shutdown(socket.SHUT_RDWR)

    def _accept(self) -> None:
        """Take connections until the end; ``serve_forever`` would look up many times a second in between."""
        while not self._ending:
            with contextlib.suppress(OSError):  # a client that has left the queue
                self._take(*self.get_request())

    def _take(self, request: Any, address: Any) -> None:
        try:
            self.process_request(request, address)
        except RuntimeError:  # no thread can be had
            self.shutdown_request(request)

    def process_request(self, request: Any, client_address: Any) -> None:
        """Remember the connection, then serve it."""
        with self._guard:
            self._connections.add(request)
        super().process_request(request, client_address)

    def shutdown_request(self, request: Any) -> None:
        """Forget the connection, then close it."""
        with self._guard:
            self._connections.discard(request)
        super().shutdown_request(request)

    def handle_error(self, *_: Any) -> None:
        """Nothing: a client that went away is no error of ours."""
