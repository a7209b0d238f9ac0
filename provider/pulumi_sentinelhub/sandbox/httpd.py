"""A small threaded WSGI server with HTTP/1.1 keep-alive, on loopback.

Werkzeug's development server closes every connection after one answer; clients that pool connections, and
the faults that cut one in the middle, need a server that keeps them.
"""

from __future__ import annotations

import io
import socket
import sys
import threading
import traceback
from collections.abc import Iterable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote, urlsplit

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIApplication

HOST = "127.0.0.1"


class ConnectionCut(Exception):
    """Raised by an application to close the connection; what was yielded before has been sent."""


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

    def log_message(self, format: str, *args: Any) -> None:
        """Nothing: the journal has it."""

    def handle(self) -> None:
        try:
            super().handle()
        except OSError:
            self.close_connection = True  # the client went away

    def _serve(self) -> None:
        sent = False
        started: list[tuple[str, list[tuple[str, str]]]] = []

        def start_response(status: str, headers: list[tuple[str, str]], exc_info: object = None) -> Any:
            started[:] = [(status, headers)]
            return lambda data: None

        body: Iterable[bytes] = ()
        try:
            body = self.server.application(self._environ(), start_response)
            for chunk in body:
                if not sent:
                    self._send_head(*started[0])
                    sent = True
                if self.command != "HEAD":
                    self.wfile.write(chunk)
            if not sent:
                self._send_head(*started[0])
            self.wfile.flush()
        except ConnectionCut:
            self._cut()
        except OSError:
            self.close_connection = True
        except Exception:
            traceback.print_exc(file=sys.stderr)
            self._cut()
        finally:
            close = getattr(body, "close", None)
            if close is not None:
                close()

    def _cut(self) -> None:
        self.close_connection = True
        try:
            self.wfile.flush()
            self.connection.shutdown(socket.SHUT_RDWR)
        except OSError:
            pass

    def _send_head(self, status: str, headers: list[tuple[str, str]]) -> None:
        code, _, reason = status.partition(" ")
        self.send_response(int(code), reason)
        names = {name.lower() for name, _ in headers}
        for name, value in headers:
            if name.lower() not in {"date", "server", "connection"}:
                self.send_header(name, value)
        bodiless = self.command == "HEAD" or int(code) in {204, 304}
        if "content-length" not in names and not bodiless:
            # The end of the body is then the end of the connection.
            self.send_header("Connection", "close")
            self.close_connection = True
        self.end_headers()

    def version_string(self) -> str:
        return "openresty"

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

    def _environ(self) -> dict[str, Any]:
        parts = urlsplit(self.path)
        body = self._read_body()
        environ: dict[str, Any] = {
            "REQUEST_METHOD": self.command,
            "SCRIPT_NAME": "",
            # WSGI strings are bytes in Latin-1's clothes.
            "PATH_INFO": unquote(parts.path, "latin-1"),
            "QUERY_STRING": parts.query,
            "RAW_URI": self.path,
            "REQUEST_URI": self.path,
            "CONTENT_TYPE": self.headers.get("Content-Type", ""),
            "CONTENT_LENGTH": str(len(body)),
            "SERVER_NAME": HOST,
            "SERVER_PORT": str(self.server.server_port),
            "SERVER_PROTOCOL": self.request_version,
            "REMOTE_ADDR": self.client_address[0],
            "wsgi.version": (1, 0),
            "wsgi.url_scheme": "http",
            "wsgi.input": io.BytesIO(body),
            "wsgi.errors": sys.stderr,
            "wsgi.multithread": True,
            "wsgi.multiprocess": False,
            "wsgi.run_once": False,
            "sandbox.body": body,
        }
        for name, value in self.headers.items():
            key = "HTTP_" + name.upper().replace("-", "_")
            if key not in {"HTTP_CONTENT_TYPE", "HTTP_CONTENT_LENGTH", "HTTP_TRANSFER_ENCODING"}:
                environ[key] = f"{environ[key]},{value}" if key in environ else value
        return environ


class HttpServer(ThreadingHTTPServer):
    """Serves one WSGI application on a loopback port.

    Args:
        port: 0 for any.
        application: the WSGI application.
    """

    daemon_threads = True
    block_on_close = False
    request_queue_size = 128

    def __init__(self, port: int, application: WSGIApplication) -> None:
        super().__init__((HOST, port), _Handler)
        self.application = application
        self._connections: set[socket.socket] = set()
        self._guard = threading.Lock()
        self._thread = threading.Thread(target=self.serve_forever, args=(0.05,), daemon=True)

    @property
    def url(self) -> str:
        """Base URL without a trailing slash."""
        return f"http://{HOST}:{self.server_port}"

    def start(self) -> None:
        """Serve from a thread of its own."""
        self._thread.start()

    def stop(self) -> None:
        """Stop serving and cut the connections that clients keep open."""
        self.shutdown()
        self.server_close()
        self._thread.join(timeout=5)
        with self._guard:
            connections = list(self._connections)
        for connection in connections:
            try:
                connection.shutdown(socket.SHUT_RDWR)
            except OSError:
                pass

    def process_request(self, request: Any, client_address: Any) -> None:
        with self._guard:
            self._connections.add(request)
        super().process_request(request, client_address)

    def shutdown_request(self, request: Any) -> None:
        with self._guard:
            self._connections.discard(request)
        super().shutdown_request(request)

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Nothing: a client that went away is no error of ours."""
