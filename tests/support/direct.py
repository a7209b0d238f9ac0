"""Answers of the sandbox without a socket: what the wire adds is tried where something goes wrong on it."""

from __future__ import annotations

import functools
import io
from collections.abc import Callable, Mapping
from email.utils import formatdate
from http import HTTPStatus
from http.client import responses
from typing import Any, Final
from urllib.parse import unquote, urlsplit

import requests
from requests.adapters import HTTPAdapter
from urllib3 import HTTPResponse
from urllib3._collections import HTTPHeaderDict

from sentinelhub_sandbox import Sandbox
from sentinelhub_sandbox.httpd import HOST, Answer, Environ, HttpServer

#: Faults of the wire itself; any other is an answer like all.
_ON_THE_WIRE: Final = ("reset", "commit-then-reset", "truncate", "delay", "commit-then-delay")


class Direct(HTTPAdapter):
    """Sends calls to the sandbox that is in this process on no socket, but for those that it is to break."""

    def __init__(self, sandbox: Sandbox) -> None:
        self._pools: Callable[[], None] | None = None
        super().__init__(pool_connections=2, pool_maxsize=32)
        self._sandbox = sandbox

    def init_poolmanager(self, *args: Any, **kwargs: Any) -> None:
        """Connections are for the few calls that break: not even a pool of them is made before."""
        self._pools = functools.partial(super().init_poolmanager, *args, **kwargs)

    def close(self) -> None:
        """Let go of what there is."""
        if self._pools is None:
            super().close()

    def send(self, request: requests.PreparedRequest, *args: Any, **kwargs: Any) -> requests.Response:
        method, path = request.method or "", request.path_url
        if is_broken(self._sandbox, "sentinelhub", method, path):
            if (make := self._pools) is not None:
                make()
                self._pools = None
            return super().send(request, *args, **kwargs)
        answer = ask(self._sandbox._api, method, path, request.headers, _bytes(request.body))
        return self.build_response(request, answer)


def is_broken(sandbox: Sandbox, service: str, method: str, path: str) -> bool:
    """Whether one of the sandbox's faults is about such a call, and not to be had without a wire."""
    return any(
        rule.action in _ON_THE_WIRE
        and rule.times > 0
        and rule.service == service
        and rule.method in (None, method)
        and rule.path.search(path)
        for rule in tuple(sandbox.faults._rules)
    )


def aws_without_socket(s3: Any, sandbox: Sandbox) -> None:
    """Have a boto3 client's calls, of any service, answered as by :class:`Direct`."""
    answered_here(s3, sandbox._s3, lambda method, path: is_broken(sandbox, "s3", method, path))


def answered_here(s3: Any, server: HttpServer, broken: Callable[[str, str], bool] = lambda *_: False) -> None:
    """Have a boto3 client's calls answered in its own thread, but for those that are to break on the wire."""
    from botocore.awsrequest import AWSResponse

    def answer(request: Any, **_: Any) -> AWSResponse | None:
        address = urlsplit(request.url)
        path = f"{address.path}?{address.query}" if address.query else address.path
        if broken(request.method, path):
            return None
        told = {name: v.decode() if isinstance(v, bytes) else v for name, v in request.headers.items()}
        answered = ask(server, request.method, path, told, _bytes(request.body))
        headers: Any = answered.headers  # botocore itself gives urllib3's
        return AWSResponse(request.url, answered.status, headers, answered)

    s3.meta.events.register_first("before-send", answer)
    agent: Any = s3._user_agent_creator
    # it is put together twice a call, and nobody here reads it
    agent.to_string = functools.cache(agent.to_string)


def ask(server: HttpServer, method: str, path: str, headers: Mapping[str, str], body: bytes) -> HTTPResponse:
    """What the server's application answers, as urllib3 would have read it from a socket."""
    answer = server.application(_environ(server, method, path, headers, body))
    told = HTTPHeaderDict([*answer.headers, ("Date", formatdate(usegmt=True))])
    if answer.status not in {HTTPStatus.NO_CONTENT, HTTPStatus.NOT_MODIFIED}:
        told["Content-Length"] = str(_length(answer))
    body = b"" if method == "HEAD" else answer.body
    reason = responses.get(answer.status, "Answer")
    return HTTPResponse(
        io.BytesIO(body), told, answer.status, reason=reason, preload_content=False, request_method=method
    )


def _bytes(body: Any) -> bytes:
    whole = body.read() if hasattr(body, "read") else body or b""
    return whole if isinstance(whole, bytes) else bytes(whole, "utf-8")


def _length(answer: Answer) -> int:
    return len(answer.body) if answer.length is None else answer.length


def _environ(server: HttpServer, method: str, path: str, headers: Mapping[str, str], body: bytes) -> Environ:
    parts = urlsplit(path)
    return {
        "REQUEST_METHOD": method,
        "SCRIPT_NAME": "",
        "PATH_INFO": unquote(parts.path, "latin-1"),
        "QUERY_STRING": parts.query,
        "RAW_URI": path,
        "REQUEST_URI": path,
        "CONTENT_TYPE": headers.get("Content-Type", ""),
        "CONTENT_LENGTH": str(len(body)),
        "SERVER_NAME": HOST,
        "SERVER_PORT": str(server.server_port),
        "SERVER_PROTOCOL": "HTTP/1.1",
        "REMOTE_ADDR": HOST,
        "HTTP_HOST": f"{HOST}:{server.server_port}",
        "wsgi.version": (1, 0),
        "wsgi.url_scheme": "http",
        "wsgi.input": io.BytesIO(body),
        "wsgi.errors": io.StringIO(),
        "wsgi.multithread": True,
        "wsgi.multiprocess": False,
        "wsgi.run_once": False,
        "sandbox.body": body,
        **{f"HTTP_{name.upper().replace('-', '_')}": value for name, value in headers.items()},
    }
