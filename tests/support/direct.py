"""Answers of the sandbox without a socket: what the wire adds is tried where something goes wrong on it."""

from __future__ import annotations

import io
from typing import Any
from urllib.parse import unquote, urlsplit

import requests
from requests.adapters import HTTPAdapter
from urllib3 import HTTPResponse
from urllib3._collections import HTTPHeaderDict

from sentinelhub_sandbox import Sandbox
from sentinelhub_sandbox.httpd import HOST, Answer, Environ, HttpServer


class Direct(HTTPAdapter):
    """Sends every call to the sandbox that is in this process, on no socket."""

    def __init__(self, sandbox: Sandbox) -> None:
        super().__init__()
        self._server = sandbox._api

    def send(self, request: requests.PreparedRequest, *_args: Any, **_kwargs: Any) -> requests.Response:
        return self.build_response(request, _answered(self._server, request))


def _answered(server: HttpServer, request: requests.PreparedRequest) -> HTTPResponse:
    """What the server's application answers, as urllib3 would have read it from a socket."""
    answer = server.application(_environ(server, request))
    headers = HTTPHeaderDict([*answer.headers, ("Content-Length", str(_length(answer)))])
    return HTTPResponse(
        io.BytesIO(answer.body), headers, answer.status, preload_content=False, request_method=request.method
    )


def _length(answer: Answer) -> int:
    return len(answer.body) if answer.length is None else answer.length


def _environ(server: HttpServer, request: requests.PreparedRequest) -> Environ:
    body = request.body or b""
    data = body if isinstance(body, bytes) else body.encode()
    parts = urlsplit(request.path_url)
    return {
        "REQUEST_METHOD": request.method,
        "SCRIPT_NAME": "",
        "PATH_INFO": unquote(parts.path, "latin-1"),
        "QUERY_STRING": parts.query,
        "RAW_URI": request.path_url,
        "REQUEST_URI": request.path_url,
        "CONTENT_TYPE": request.headers.get("Content-Type", ""),
        "CONTENT_LENGTH": str(len(data)),
        "SERVER_NAME": HOST,
        "SERVER_PORT": str(server.server_port),
        "SERVER_PROTOCOL": "HTTP/1.1",
        "REMOTE_ADDR": HOST,
        "HTTP_HOST": f"{HOST}:{server.server_port}",
        "wsgi.version": (1, 0),
        "wsgi.url_scheme": "http",
        "wsgi.input": io.BytesIO(data),
        "wsgi.errors": io.StringIO(),
        "wsgi.multithread": True,
        "wsgi.multiprocess": False,
        "wsgi.run_once": False,
        "sandbox.body": data,
        **{f"HTTP_{name.upper().replace('-', '_')}": value for name, value in request.headers.items()},
    }
