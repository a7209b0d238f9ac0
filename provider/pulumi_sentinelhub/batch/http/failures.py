"""From what HTTP gives back to the error tree."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from ...errors import (
    AnswerLost,
    BadAnswer,
    BadRequest,
    Conflict,
    CredentialsRefused,
    Forbidden,
    NotFound,
    RateLimited,
    ServiceError,
    Unreachable,
)

if TYPE_CHECKING:
    import requests

#: 429 without a Retry-After [batch docs: limits]. Seconds.
DEFAULT_RETRY_AFTER = 30.0
_LONGEST_TEXT = 2000

#: HTTP status to error class; other 4xx are BadRequest, 5xx are told apart by ``transport``.
ERROR_OF_STATUS: Mapping[int, type[ServiceError]] = {
    400: BadRequest,
    401: CredentialsRefused,
    402: Forbidden,
    403: Forbidden,
    404: NotFound,
    409: Conflict,
    410: NotFound,
    429: RateLimited,
}
#: Statuses of a server that may do better when asked again.
TRANSIENT_STATUSES = frozenset({408, 500, 502, 503, 504})

NEXT_STEPS: Mapping[type[ServiceError], str] = {
    BadRequest: "Mend what the service names, then run the command again",
    Forbidden: "Check that the account has batch processing (an enterprise plan, or a Copernicus Service "
    "account) and that the OAuth client belongs to it",
    NotFound: "It may have expired, been deleted, or belong to another account or deployment",
    Conflict: "Wait until it is no longer active, then run the command again",
    RateLimited: "Run the command again later, or with a lower --parallel",
    Unreachable: "Check the network and sentinelhub:deployment or sentinelhub:baseUrl, then run the command "
    "again",
    AnswerLost: "Run the command again: it looks for what may have been done before it asks again",
    BadAnswer: "Check sentinelhub:baseUrl, and proxies in between; if both are right, report it",
}


@dataclass(frozen=True)
class Call:
    """One call: how it is sent, and the words for what it does.

    Attributes:
        what: completes "cannot …", e.g. ``"start batch request"``.
        subject: the id that it is about.
    """

    method: str
    path: str
    what: str
    subject: str | None = None
    params: Mapping[str, str] | None = None
    body: Any = None

    def error(self, kind: type[ServiceError], why: str, **details: Any) -> ServiceError:
        """An error of this call."""
        details.setdefault("next_step", NEXT_STEPS.get(kind))
        return kind(f"cannot {self.what}", subject=self.subject, why=why, **details)


def refusal(call: Call, response: requests.Response, redact: Callable[[str], str]) -> ServiceError:
    """The error for an answer of 4xx or 5xx; the service's words are kept, secrets in them are not."""
    told = _told(response)
    kind = ERROR_OF_STATUS.get(response.status_code) or (
        Unreachable if response.status_code >= 500 else BadRequest
    )
    code = told.get("code")
    code = code if isinstance(code, str) else None
    return call.error(kind, redact(_why(call, response, told, code)), status=response.status_code, code=code)


def refusal_message(response: requests.Response) -> str:
    """The service's own message, empty where there is none."""
    message = _told(response).get("message")
    return message if isinstance(message, str) else ""


def retry_after(response: requests.Response) -> float:
    """Seconds to wait after a 429: the header is in milliseconds [batch docs: limits]."""
    try:
        milliseconds = float(response.headers.get("Retry-After", ""))
    except ValueError:
        return DEFAULT_RETRY_AFTER
    return milliseconds / 1000 if 0 <= milliseconds < float("inf") else DEFAULT_RETRY_AFTER


def never_sent(error: BaseException) -> bool:
    """Whether the connection failed before any byte of the request can have reached the service."""
    import ssl

    import requests
    import urllib3

    if isinstance(error, (requests.exceptions.ConnectTimeout, requests.exceptions.ProxyError)):
        return True
    before = (
        urllib3.exceptions.NewConnectionError,  # refused, and names that cannot be resolved
        urllib3.exceptions.ConnectTimeoutError,
        ssl.SSLCertVerificationError,  # other TLS errors can come in the middle
    )
    return any(isinstance(cause, before) for cause in _causes(error))


def is_certificate_error(error: BaseException) -> bool:
    """Whether the server's certificate was not accepted: trying again does not help."""
    import ssl

    return any(isinstance(cause, ssl.SSLCertVerificationError) for cause in _causes(error))


def connection_words(error: BaseException, url: str) -> str:
    """Why there was no answer, in a few words, without the request."""
    import requests

    host = url.split("/")[2]
    if is_certificate_error(error):
        return f"the TLS certificate of {host} is not trusted; for a private authority set REQUESTS_CA_BUNDLE"
    if isinstance(error, requests.exceptions.ConnectTimeout):
        return f"{host} did not accept a connection in time"
    if isinstance(error, requests.exceptions.Timeout):
        return f"{host} did not answer in time"
    root = [cause for cause in _causes(error) if isinstance(cause, OSError) and cause.strerror]
    detail = f" ({root[-1].strerror})" if root else ""
    if never_sent(error):
        return f"no connection to {host}{detail}"
    return f"the connection to {host} broke{detail}"


def _causes(error: BaseException) -> Iterator[BaseException]:
    """The error and all that it was made from: urllib3 keeps them in args, ``reason`` and ``__context__``."""
    seen: set[int] = set()
    queue: list[object] = [error]
    while queue:
        current = queue.pop(0)
        if not isinstance(current, BaseException) or id(current) in seen:
            continue
        seen.add(id(current))
        yield current
        queue += [*current.args, getattr(current, "reason", None), current.__cause__, current.__context__]


def _told(response: requests.Response) -> Mapping[str, Any]:
    """The service's error object: inside ``error``, or bare as the documentation of 429 prints it."""
    try:
        body = json.loads(response.content)
    except ValueError:
        return {}
    if not isinstance(body, dict):
        return {}
    inner = body.get("error")
    return inner if isinstance(inner, dict) else body


def _why(call: Call, response: requests.Response, told: Mapping[str, Any], code: str | None) -> str:
    message = told.get("message")
    words = message.strip().rstrip(".") if isinstance(message, str) else ""
    details = "; ".join(_details(told.get("errors")))
    label = f"HTTP {response.status_code}" + (f" {code}" if code else f" {response.reason or ''}".rstrip())
    text = ". ".join(part for part in (words, details) if part)
    return f"{text[:_LONGEST_TEXT]} [{label}, {call.method} {call.path}]".strip()


def _details(errors: object) -> Iterator[str]:
    """``errors`` comes as an object or as an array of objects [batch docs: error body]."""
    for item in errors if isinstance(errors, list) else [errors]:
        if isinstance(item, str):
            yield item
        if not isinstance(item, dict):
            continue
        text = str(item.get("parameter") or "payload")
        if "invalidValue" in item:
            text += f" = {json.dumps(item['invalidValue'])}"
        explained = item.get("violation") or item.get("description")
        if explained:
            text += f": {str(explained).strip().rstrip('.')}"
        if isinstance(item.get("possibleValues"), list):
            text += f" (possible: {', '.join(map(str, item['possibleValues']))})"
        yield text
