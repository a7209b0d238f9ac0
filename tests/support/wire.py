"""A wire for the client without a network: an adapter of requests that answers from a script."""

from __future__ import annotations

import io
import json
import re
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, TypeAlias
from urllib.parse import parse_qs, urlsplit

import pytest
import requests
from requests.adapters import BaseAdapter
from urllib3 import HTTPResponse

from pulumi_sentinelhub.batch.v1.client import BatchClient
from pulumi_sentinelhub.config.deployments import DEPLOYMENTS
from pulumi_sentinelhub.config.settings import ENVIRONMENT, Credentials, Settings
from pulumi_sentinelhub.s3.files import Files
from pulumi_sentinelhub.waiting.patience import Patience
from tests.support.clock import HandClock

SECRET = "canary-secret-5f1d"
TOKEN = "canary-token-9ab2"
HOST = "https://hub.example"
API = "/api/v1/batch"
ID = "6aa8765a-e9eb-4dd0-a567-b86cfdb840e0"

#: No file of any bucket is to be read.
NO_FILES = Files(storage=lambda: pytest.fail("a bucket is read"))


@dataclass(frozen=True)
class Answer:
    status: int = 200
    body: Any = None
    headers: Mapping[str, str] = field(default_factory=dict)

    def content(self) -> bytes:
        if self.body is None:
            return b""
        return self.body if isinstance(self.body, bytes) else json.dumps(self.body).encode()


@dataclass(frozen=True)
class Sent:
    method: str
    path: str
    query: Mapping[str, list[str]]
    body: Any
    headers: Mapping[str, str]
    host: str
    verify: bool | str


Outcome: TypeAlias = "Answer | Exception | Callable[[Sent], Answer]"


def token_answer(token: str = TOKEN, seconds: float = 3600) -> Answer:
    return Answer(200, {"access_token": token, "expires_in": seconds, "token_type": "Bearer"})


class Wire:
    """Answers calls by the first route that fits; a route's last outcome goes on for ever."""

    def __init__(self) -> None:
        self.sent: list[Sent] = []
        self._routes: list[tuple[str, re.Pattern[str], list[Outcome]]] = []
        self._lock = threading.Lock()
        self.tokens: list[Outcome] = [token_answer()]

    def on(self, method: str, path: str, *outcomes: Outcome) -> Wire:
        """Answer ``method`` on the API path that is all of ``path`` (a regular expression)."""
        self._routes.append((method, re.compile(API + path), list(outcomes)))
        return self

    def adapter(self) -> BaseAdapter:
        return _Adapter(self)

    def calls(self) -> list[str]:
        """The API calls, as ``"GET /process"``."""
        return [f"{sent.method} {sent.path[len(API) :]}" for sent in self.sent if sent.path.startswith(API)]

    def token_calls(self) -> list[Sent]:
        return [sent for sent in self.sent if not sent.path.startswith(API)]

    def answer(self, sent: Sent) -> Answer:
        with self._lock:
            self.sent.append(sent)
            outcomes = self._outcomes(sent)
            outcome = outcomes.pop(0) if len(outcomes) > 1 else outcomes[0]
        if isinstance(outcome, Exception):
            raise outcome
        return outcome if isinstance(outcome, Answer) else outcome(sent)

    def _outcomes(self, sent: Sent) -> list[Outcome]:
        if not sent.path.startswith(API):
            return self.tokens
        for method, pattern, outcomes in self._routes:
            if method == sent.method and pattern.fullmatch(sent.path):
                return outcomes
        raise AssertionError(f"unexpected call: {sent.method} {sent.path}")


class _Adapter(BaseAdapter):
    def __init__(self, wire: Wire) -> None:
        super().__init__()
        self._wire = wire

    def send(  # noqa: PLR0917 - the signature of requests
        self,
        request: requests.PreparedRequest,
        stream: bool = False,
        timeout: Any = None,
        verify: bool | str = True,
        cert: Any = None,
        proxies: Any = None,
    ) -> requests.Response:
        assert timeout is not None, "every call has a time-out"
        parts = urlsplit(request.url or "")
        body = request.body.decode() if isinstance(request.body, bytes) else request.body
        answer = self._wire.answer(
            Sent(
                method=request.method or "",
                path=parts.path,
                query=parse_qs(parts.query),
                body=json.loads(body) if body and body.startswith("{") else body,
                headers=dict(request.headers),
                host=parts.netloc,
                verify=verify,
            )
        )
        response = requests.Response()
        response.status_code = answer.status
        response.headers.update(answer.headers)
        response.raw = HTTPResponse(io.BytesIO(answer.content()), status=answer.status, preload_content=False)
        response.request = request
        response.url = request.url or ""
        return response

    def close(self) -> None:
        """Nothing is open."""


def settings(source: str = ENVIRONMENT, host: str = HOST, **changes: Any) -> Settings:
    values: dict[str, Any] = {
        "deployment": DEPLOYMENTS["aws-eu-central-1"],
        "base_url": host,
        "token_url": host + "/token",
        "api_version": "v1",
        "poll_interval": None,
        "credentials": Credentials("client-id-1234", SECRET, source),
    }
    return Settings(**{**values, **changes})


def client(wire: Wire, clock: HandClock | None = None, source: str = ENVIRONMENT) -> BatchClient:
    return BatchClient(settings(source), clock=clock or HandClock(), adapter=wire.adapter)


def given_a_token(one: BatchClient) -> BatchClient:
    """The client as it is once it has asked for its token; what a new one is, a 401 shows."""
    tokens, now = one._transport.tokens, one._transport.patience.clock.monotonic()
    tokens._token, tokens._renew_at = TOKEN, now + 3480.0
    tokens._issued.append(TOKEN)
    return one


def within(
    one: BatchClient, seconds: float | None = None, cancel: threading.Event | None = None
) -> BatchClient:
    """The client for an operation that begins now and may take so many seconds."""
    clock = one._transport.patience.clock
    limited = Patience(clock, cancel) if seconds is None else Patience.lasting(clock, seconds, cancel)
    return one.bound(limited)


def request_json(id: str = ID, status: str = "CREATED", **more: Any) -> dict[str, Any]:
    return {"id": id, "status": status, "processRequest": {}, "tileCount": 4, **more}


def refusal_json(status: int, message: str, code: str = "COMMON_BAD_PAYLOAD", **more: Any) -> Answer:
    error = {"status": status, "reason": "Refused", "message": message, "code": code, **more}
    return Answer(status, {"error": error})
