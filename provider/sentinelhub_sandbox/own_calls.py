"""The service's own AWS calls, answered in this process: a socket would only cost both its ends time."""

from __future__ import annotations

import io
import os
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cache
from typing import Any
from urllib.parse import urlsplit

from .httpd import Answer, Application, environ_of

# In the User-Agent of the service's own calls with users' keys: no call of theirs for journal and faults.
SERVICE_AGENT = "sentinel-hub-service"
_LOCK = threading.Lock()  # a session is not made for several threads


@dataclass(frozen=True)
class Credentials:
    """An access key, with the session token that has to come with it, if any."""

    key_id: str
    secret: str = field(repr=False)
    token: str | None = field(default=None, repr=False)


def own_client(
    service: str, region: str, credentials: Credentials, *, endpoint_url: str, application: Application
) -> Any:
    """A boto3 client whose calls an application answers, in the thread that makes them.

    Args:
        service: ``s3`` or ``sts``.
        region: of its calls.
        credentials: they are signed with.
        endpoint_url: the application's address.
        application: what would answer there.
    """
    from botocore.config import Config

    with _LOCK:
        made = _session().client(
            service,
            endpoint_url=endpoint_url,
            region_name=region,
            aws_access_key_id=credentials.key_id,
            aws_secret_access_key=credentials.secret,
            aws_session_token=credentials.token,
            config=Config(
                s3={"addressing_style": "path"},
                proxies={},
                retries={"max_attempts": 3},
                user_agent_extra=SERVICE_AGENT,
            ),
        )
    _answered_here(made, application)
    return made


@cache
def _session() -> Any:
    """One for all sandboxes of the process, since it takes long to read what AWS's services look like.

    The user's own AWS settings (profile, files) are about the user's calls.
    """
    import boto3
    from botocore.session import Session

    nothing = {"config_file": os.devnull, "credentials_file": os.devnull, "profile": None}
    settings = {name: (None, None, value, None) for name, value in nothing.items()}
    return boto3.session.Session(botocore_session=Session(session_vars=settings))


def _answered_here(client: Any, application: Application) -> None:
    """Let an application answer all calls of a boto3 client, in the thread that makes them."""
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
