"""One call to the API: token, retries, and what an answer (or none) means.

When a call is repeated:

=====================================  ============  ==================================================
what happened                          GET PUT       POST
                                       DELETE
=====================================  ============  ==================================================
connection refused, no such host, TLS  again         again: nothing was sent
429                                    again         again: refused before anything was done
401, once                              again         again: refused before anything was done
400 "Request body should be            as any 400    again: known to come and go [batch docs: error body]
non-empty."
5xx, reset, time-out while reading     again         AnswerLost: it may have been done
deadline or Ctrl-C while reading       no more       AnswerLost
a body too long, or broken gzip        again         AnswerLost
JSON that cannot be read               again         AnswerLost, where the answer is needed
=====================================  ============  ==================================================

GET changes nothing; PUT sets what it says, so twice is once; DELETE of what is gone is told by its 404, which
counts as success when an earlier attempt may have done it.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Generic, TypeVar
from urllib.parse import urlencode, urlsplit

import requests

from ...errors import (
    AnswerLost,
    BadAnswer,
    CredentialsRefused,
    InputError,
    RateLimited,
    ServiceError,
    Unreachable,
)
from ...shown import VALUE, fit
from ...waiting.pace import Pace
from ...waiting.patience import Patience
from ...waiting.retries import Again, cut_off, keep_trying
from ..writes import Writes
from .exchange import MOST_OF_AN_ANSWER, Answer, HttpSession, NoAnswer, exchange, straight
from .failures import TRANSIENT_STATUSES, Call, refusal, refusal_message, retry_after
from .reading import Unreadable, json_of
from .session import SHORTEST_IN_VALUES, TokenSource

T = TypeVar("T")

_EMPTY_BODY_REFUSAL = "Request body should be non-empty"


@dataclass(frozen=True)
class Transport:
    """Sends calls for one operation; all but its patience is shared with all others.

    Attributes:
        root: the URL that paths of calls are added to.
        pace_of: gives the pace of the account that a token belongs to.
        writes: is told what is written.
    """

    root: str
    tokens: TokenSource
    http: HttpSession
    patience: Patience
    pace_of: Callable[[str], Pace]
    writes: Writes

    def send(self, call: Call) -> None:
        """Send a call whose answer's body does not matter."""
        self._send(call, lambda _: None)

    def parsed(self, call: Call, parse: Callable[[Any], T]) -> T:
        """Send a call and make a value of its JSON, None where the answer is empty.

        ``parse`` raises BadAnswer where it cannot.
        """

        def read(answer: Answer) -> T:
            return parse(json_of(answer.body, self.tokens.redactor(SHORTEST_IN_VALUES)))

        return self._send(call, read)

    def _send(self, call: Call, read: Callable[[Answer], T]) -> T:
        attempt = _Attempt(self, call, read)
        if call.method == "GET" or call.subject is None:
            return keep_trying(self.patience, attempt, call.what, call.subject)
        with self.writes.to(call.subject):
            return keep_trying(self.patience, attempt, call.what, call.subject)


@dataclass
class _Attempt(Generic[T]):
    """The attempts of one call, and what they have to remember of each other."""

    transport: Transport
    call: Call
    read: Callable[[Answer], T]
    maybe_done: bool = False
    renewed: bool = False
    _pace: Pace = field(init=False)

    def __call__(self) -> T:
        answer = self._answered()
        status = answer.status
        if 200 <= status < 300:
            if self.call.expects and status not in self.call.expects:
                why = f"HTTP {status} does not say that it was done"
                raise self._unsure(why, status=status, otherwise=BadAnswer)
            return self._understood(answer)
        if status == 404 and self.call.method == "DELETE" and self.maybe_done:
            return self._understood(answer)
        if status < 200:
            raise self._unsure(f"HTTP {status} is no answer", status=status, otherwise=BadAnswer)
        if status < 400:
            raise self._redirected(answer)
        error = refusal(self.call, answer, self.transport.tokens.redactor())
        if status == 429:
            asked = retry_after(answer)
            self._pace.pause(asked, self.transport.patience.clock.monotonic())
            raise Again(error, "limited", asked)
        if status in TRANSIENT_STATUSES or status >= 500:
            raise self._unsure(error.why or "", status=status, code=error.code)
        if status == 400 and self.call.method == "POST" and _EMPTY_BODY_REFUSAL in refusal_message(answer):
            raise Again(error)
        raise error

    def _answered(self) -> Answer:
        """An answer of any status but a first 401, for which the token is renewed."""
        tokens = self.transport.tokens
        token = tokens.token(self.transport.patience)
        self._pace = self.transport.pace_of(token)
        self._await_turn()
        answer = self._exchange(token)
        if answer.status != 401:
            return answer
        tokens.forget(token)
        if not self.renewed:
            self.renewed = True
            return self._answered()
        refused = refusal(self.call, answer, tokens.redactor())
        raise CredentialsRefused(
            refused.what,
            subject=refused.subject,
            why=refused.why,
            next_step=tokens.how_to_fix(),
            status=401,
            code=refused.code,
        )

    def _await_turn(self) -> None:
        """Wait until it may be sent; while all pause, as after a refusal of its own."""
        call = self.call
        paused = self._pace.take(self.transport.patience, call.what, call.subject, urgent=call.urgent)
        if paused:
            why = "the service has refused another call of this account for its rate"
            raise Again(call.error(RateLimited, why, status=429), "limited", paused)

    def _exchange(self, token: str) -> Answer:
        transport = self.transport
        request = requests.Request(
            self.call.method,
            transport.root + self.call.path,
            params=urlencode(self.call.params or {}),
            auth=_Bearer(token),
            headers={"Accept": "application/json"},
        )
        if self.call.body is not None:
            request.data, request.headers["Content-Type"] = self._body(), "application/json"
        send = straight(transport.http, request)
        try:
            return exchange(send, str(request.url), transport.patience, MOST_OF_AN_ANSWER)
        except NoAnswer as failure:
            raised = self._unanswered(failure)
        raise raised

    def _body(self) -> bytes:
        try:
            return json.dumps(self.call.seal(self.call.body), allow_nan=False).encode()
        except (TypeError, ValueError, RecursionError):
            raised = InputError(
                f"cannot {self.call.what}",
                subject=self.call.subject,
                why="the payload holds something that JSON has no form for, such as NaN",
            )
        raise raised

    def _unanswered(self, failure: NoAnswer) -> Exception:
        if failure.bad:
            return self._misread(f"it {failure.why}")
        if failure.ended is not None and not (failure.sent and self.call.method == "POST"):
            return cut_off(failure.ended, self.call.what, self.call.subject, failure.why)
        if failure.sent:
            return self._unsure(failure.why)
        error = self.call.error(Unreachable, failure.why)
        return error if failure.lasting else Again(error, "unreached")

    def _understood(self, answer: Answer) -> T:
        try:
            return self.read(answer)
        except (BadAnswer, Unreadable) as failure:
            words = failure.what if isinstance(failure, BadAnswer) else f"it {failure}"
        raise self._misread(words, answer.status)

    def _misread(self, words: str, status: int | None = None) -> Exception:
        why = f"the answer cannot be understood: {words}" + (f" [HTTP {status}]" if status else "")
        return self._unsure(why, status=status, otherwise=BadAnswer)

    def _unsure(
        self,
        why: str,
        *,
        status: int | None = None,
        code: str | None = None,
        otherwise: type[ServiceError] = Unreachable,
    ) -> Exception:
        """The call may have been done: only the caller of a POST can find out, all else can be repeated."""
        lost = self.call.error(AnswerLost, why, status=status, code=code)
        if self.call.method == "POST":
            return lost
        self.maybe_done = True
        changes = self.call.method != "GET" and otherwise is not BadAnswer
        return Again(lost if changes else self.call.error(otherwise, why, status=status, code=code))

    def _redirected(self, answer: Answer) -> ServiceError:
        try:
            target = urlsplit(answer.headers.get("Location", "")).hostname
        except ValueError:
            target = None
        where = fit(self.transport.tokens.redact(target), VALUE) if target else "another address"
        return self.call.error(
            BadAnswer,
            f"the service redirects to {where}, and the token goes to no host but the configured one",
            status=answer.status,
            next_step="Check sentinelhub:baseUrl",
        )


class _Bearer(requests.auth.AuthBase):
    """The token on one request; being an ``auth``, it also keeps ``.netrc`` out."""

    def __init__(self, token: str) -> None:
        self._token = token

    def __call__(self, request: requests.PreparedRequest) -> requests.PreparedRequest:
        request.headers["Authorization"] = f"Bearer {self._token}"
        return request
