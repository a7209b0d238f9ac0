"""The client-credentials grant, by requests-oauthlib, over an adapter that bounds and checks the answer.

The library reads a body whole, follows redirects with the secret, and meets wild values with exceptions of
all kinds, some of which show what they were about. So the adapter below gives it either a sound answer, made
anew of what was understood, or an exception of ours, which passes through the library as it is.
"""

from __future__ import annotations

import contextlib
import io
import json
import logging
import math
import os
import re
import threading
from collections.abc import Iterator
from typing import Any

import requests
import requests_oauthlib
from oauthlib.oauth2 import BackendApplicationClient
from requests.adapters import BaseAdapter
from urllib3 import HTTPResponse

from ...config.settings import Credentials
from ...waiting.patience import Patience
from ...waiting.timely import turn
from .exchange import MOST_OF_A_TOKEN, TIMEOUT, Answer, HttpSession, exchange
from .failures import Call
from .reading import Unreadable, json_of

#: Seconds that a token is used for where the answer does not say, and at most.
DEFAULT_LIFETIME, LONGEST_LIFETIME = 300.0, 86_400.0
# Visible characters [RFC 6749, A.12], no more than servers take in a header. Anything else raises in the HTTP
# stack, with the token in the message.
_TOKEN = re.compile(r"[\x21-\x7e]{1,16384}")
_insecure_loopback = threading.Lock()


class NotAToken(Exception):
    """An answer of the token endpoint that is neither a token nor an OAuth error.

    Attributes:
        why: completes "the token endpoint's answer …"; None where the status says all.
    """

    def __init__(self, answer: Answer, why: str | None = None) -> None:
        super().__init__(why)
        self.answer = answer
        self.why = why


class _OnlyWarnings(logging.Filter):
    def filter(self, record: logging.LogRecord) -> bool:
        return record.levelno >= logging.WARNING


def _silence_token_logs() -> None:
    """requests-oauthlib logs secret and token at DEBUG; a filter holds whatever level anybody sets later."""
    for name in list(logging.root.manager.loggerDict):
        if name.split(".")[0] in ("requests_oauthlib", "oauthlib"):
            logging.getLogger(name).addFilter(_OnlyWarnings())


_silence_token_logs()


def fetch_token(
    session: HttpSession,
    url: str,
    credentials: Credentials,
    patience: Patience,
    call: Call,
) -> tuple[str, float]:
    """A new token, and the seconds that it holds.

    Args:
        session: its adapters carry the call.
        url: the token endpoint.
        credentials: of the OAuth client.
        patience: bounds the call.
        call: what it is for, in messages.

    Raises:
        NoAnswer: none came, none came in time, or no whole one.
        NotAToken: something else came.
        oauthlib.oauth2.OAuth2Error: the endpoint refuses, in OAuth's own words.
    """
    client = BackendApplicationClient(client_id=credentials.client_id)
    with requests_oauthlib.OAuth2Session(client=client) as oauth:
        oauth.trust_env = False  # the session has been told what to trust
        around = session.surroundings(url)
        for prefix, adapter in session.adapters.items():
            oauth.mount(prefix, _Checked(adapter, patience))
        with _loopback_allowed(url, patience, call):
            token = oauth.fetch_token(
                url,
                client_secret=credentials.client_secret,
                include_client_id=True,
                timeout=TIMEOUT,
                verify=around["verify"],
                proxies=around["proxies"],
                cert=around["cert"],
            )
    return str(token["access_token"]), float(token["expires_in"])


class _Checked(BaseAdapter):
    """Carries the token request; what it gives back is sound."""

    def __init__(self, carrier: BaseAdapter, patience: Patience) -> None:
        super().__init__()
        self._carrier = carrier
        self._patience = patience

    def send(  # noqa: PLR0917 - the signature of requests
        self,
        request: requests.PreparedRequest,
        stream: bool = False,  # noqa: ARG002 - it is read here
        timeout: Any = None,
        verify: bool | str = True,
        cert: Any = None,
        proxies: Any = None,
    ) -> requests.Response:
        """Send the request, read the answer, and make a sound one of it. Raises NoAnswer, NotAToken."""
        url = request.url or ""

        def carry() -> requests.Response:
            return self._carrier.send(
                request, stream=True, timeout=timeout, verify=verify, cert=cert, proxies=proxies
            )

        answer = exchange(carry, url, self._patience, MOST_OF_A_TOKEN)
        body = json.dumps(_sound(answer)).encode()
        response = requests.Response()
        response.status_code, response.request, response.url = answer.status, request, url
        response.encoding = "utf-8"
        response.raw = HTTPResponse(io.BytesIO(body), status=answer.status, preload_content=False)
        return response

    def close(self) -> None:
        """The carrier is the session's."""


def _sound(answer: Answer) -> dict[str, Any]:
    """A token or an OAuth error, without anything else that was in the answer. Raises NotAToken."""
    status = answer.status
    if status == 429 or status >= 500 or 300 <= status < 400:
        raise NotAToken(answer)
    try:
        told = json_of(answer.body)
    except Unreadable:
        told = None
    told = told if isinstance(told, dict) else {}
    if isinstance(told.get("error"), str) and told["error"]:
        description = told.get("error_description")
        return {
            "error": told["error"],
            "error_description": description if isinstance(description, str) else "",
        }
    if status >= 400:
        raise NotAToken(answer)
    token = told.get("access_token")
    if not 200 <= status < 300 or not told:
        raise NotAToken(answer, "cannot be understood")
    if not isinstance(token, str) or not token:
        raise NotAToken(answer, "holds no token")
    if not _TOKEN.fullmatch(token):
        raise NotAToken(answer, "holds a token that no header can carry")
    return {"access_token": token, "token_type": "Bearer", "expires_in": _lifetime(told.get("expires_in"))}


def _lifetime(expires_in: object) -> int:
    if isinstance(expires_in, bool) or not isinstance(expires_in, (int, float)) or expires_in <= 0:
        return int(DEFAULT_LIFETIME)
    return math.ceil(min(expires_in, LONGEST_LIFETIME))


@contextlib.contextmanager
def _loopback_allowed(url: str, patience: Patience, call: Call) -> Iterator[None]:
    """Oauthlib takes plain HTTP only by this variable; settings let it through for loopback hosts alone."""
    if not url.startswith("http://"):
        yield
        return
    key = "OAUTHLIB_INSECURE_TRANSPORT"
    with turn(_insecure_loopback, patience, call.what, call.subject):
        before = os.environ.get(key)
        os.environ[key] = "1"
        try:
            yield
        finally:
            if before is None:
                del os.environ[key]
            else:
                os.environ[key] = before
