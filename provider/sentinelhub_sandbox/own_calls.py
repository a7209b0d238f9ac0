"""The service's own AWS calls, answered in this process: a socket would only cost both its ends time."""

from __future__ import annotations

import io
from collections.abc import Iterator
from typing import Any
from urllib.parse import urlsplit

from .httpd import Answer, Application, environ_of


def answered_here(client: Any, application: Application) -> None:
    """Let an application answer all calls of a boto3 client, in the thread that makes them.

    Args:
        client: whose endpoint is the application's address.
        application: what would answer there.
    """
    from botocore.awsrequest import AWSResponse, HeadersDict

    def send(request: Any, **_: object) -> AWSResponse:
        parts = urlsplit(request.url)
        headers = {name: _text(value) for name, value in request.headers.items()}
        body = _body(request.body)
        target = f"{parts.path or '/'}{'?' if parts.query else ''}{parts.query}"
        environ = environ_of(
            request.method,
            target,
            [("Host", parts.netloc), *headers.items()],
            body,
            port=parts.port or 80,
        )
        answer = application(environ)
        known: Any = HeadersDict(_headers(answer))  # as botocore itself gives them
        return AWSResponse(request.url, answer.status, known, _Raw(answer.body))

    client.meta.events.register("before-send", send)


class _Raw(io.BytesIO):
    """A body as botocore reads it."""

    def stream(self, *_: object, **__: object) -> Iterator[bytes]:
        """The rest of it."""
        yield self.read()


def _headers(answer: Answer) -> dict[str, str]:
    length = len(answer.body) if answer.length is None else answer.length
    return {**dict(answer.headers), "Content-Length": str(length)}


def _body(body: Any) -> bytes:
    if body is None:
        return b""
    data = body.read() if hasattr(body, "read") else body
    return data.encode() if isinstance(data, str) else bytes(data)


def _text(value: Any) -> str:
    return value.decode("latin-1") if isinstance(value, bytes) else str(value)
