"""From what HTTP gives back to the error tree."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
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
from ...shown import VALUE, WORDS, fit, listed
from .reading import Unreadable, json_of

if TYPE_CHECKING:
    from .exchange import Answer

#: 429 without a Retry-After [batch docs: limits]. Seconds.
DEFAULT_RETRY_AFTER = 30.0
#: Findings of one refusal that are told, each of at most ``WORDS`` characters.
_DETAILS = 10
_CODE = re.compile(r"[A-Za-z0-9_.-]{1,80}")

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
    BadRequest: "Fix what the service names, then run the command again",
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
        path: of the API, starting with a slash.
        what: completes "cannot …", e.g. ``"start batch request"``.
        subject: the id that it is about.
        seal: puts into the body what is to be nowhere but on the wire.
        expects: the statuses that say that it was done, where others of 2xx do not; empty for all of them.
        urgent: it goes before calls that wait for their turn.
    """

    method: str
    path: str
    what: str
    subject: str | None = None
    params: Mapping[str, str] | None = None
    body: Any = field(default=None, repr=False)
    seal: Callable[[Any], Any] = field(default=lambda body: body, repr=False)
    expects: frozenset[int] = frozenset()
    urgent: bool = False

    def error(self, kind: type[ServiceError], why: str, **details: Any) -> ServiceError:
        """An error of this call."""
        details.setdefault("next_step", NEXT_STEPS.get(kind))
        return kind(f"cannot {self.what}", subject=self.subject, why=why, **details)


def refusal(call: Call, answer: Answer, redact: Callable[[str], str]) -> ServiceError:
    """The error for an answer of 4xx or 5xx; the service's words are kept, secrets in them are not."""
    told = _told(answer, redact)
    kind = ERROR_OF_STATUS.get(answer.status) or (Unreachable if answer.status >= 500 else BadRequest)
    code = known_code(told.get("code"))
    words = told.get("message")
    details = _details(told.get("errors"))
    parts = [_words(words) if isinstance(words, str) else "", *map(_explained, details[:_DETAILS])]
    if len(details) > _DETAILS:
        parts.append(f"and {len(details) - _DETAILS} more")
    text = ". ".join(filter(None, (parts[0], "; ".join(parts[1:]))))
    label = f"HTTP {answer.status} {code or fit(redact(answer.reason), 80)}".rstrip()
    why = f"{text} [{label}, {call.method} {call.path}]".strip()
    return call.error(kind, why, status=answer.status, code=code)


def refusal_message(answer: Answer) -> str:
    """The service's own message, empty where there is none."""
    message = _told(answer, str).get("message")
    return message if isinstance(message, str) else ""


def known_code(code: object) -> str | None:
    """An error code of the service, such as ``COMMON_BAD_PAYLOAD``; None for what is none."""
    return code if isinstance(code, str) and _CODE.fullmatch(code) else None


def retry_after(answer: Answer) -> float:
    """Seconds to wait after a 429: the header is in milliseconds [batch docs: limits]."""
    try:
        milliseconds = float(answer.headers.get("Retry-After", ""))
    except ValueError:
        return DEFAULT_RETRY_AFTER
    return milliseconds / 1000 if 0 <= milliseconds < float("inf") else DEFAULT_RETRY_AFTER


def _told(answer: Answer, redact: Callable[[str], str]) -> Mapping[str, Any]:
    """The service's error object: inside ``error``, or bare as the documentation of 429 prints it."""
    try:
        body = json_of(answer.body, redact)
    except Unreadable:
        return {}
    if not isinstance(body, dict):
        return {}
    inner = body.get("error")
    return inner if isinstance(inner, dict) else body


def _words(text: str) -> str:
    return fit(text.strip().rstrip("."), WORDS)


def _details(errors: object) -> list[str | dict[str, Any]]:
    """``errors`` comes as an object or as an array of objects [batch docs: error body]."""
    return [
        item for item in (errors if isinstance(errors, list) else [errors]) if isinstance(item, (str, dict))
    ]


def _explained(item: str | dict[str, Any]) -> str:
    if isinstance(item, str):
        return _words(item)
    text = _words(str(item.get("parameter") or "payload"))
    if "invalidValue" in item:
        text += f" = {fit(json.dumps(item['invalidValue'], ensure_ascii=False), VALUE)}"
    explained = item.get("violation") or item.get("description")
    if explained:
        text += f": {_words(str(explained))}"
    if isinstance(item.get("possibleValues"), list):
        text += f" (possible: {listed(map(str, item['possibleValues']), 20)})"
    return text
