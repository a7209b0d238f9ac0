"""One call to the API: token, retries, and what an answer (or none) means.

When a call is sent again:

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
JSON that cannot be read               again         AnswerLost, where the answer is needed
=====================================  ============  ==================================================

GET changes nothing; PUT sets what it says, so twice is once; DELETE of what is gone is told by its 404, which
counts as success when an earlier attempt may have done it.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Generic, TypeVar
from urllib.parse import urlsplit

import requests

from ...errors import AnswerLost, BadAnswer, CredentialsRefused, InputError, ServiceError, Unreachable
from ...waiting.patience import Again, Patience
from .failures import (
    TRANSIENT_STATUSES,
    Call,
    connection_words,
    is_certificate_error,
    never_sent,
    refusal,
    refusal_message,
    retry_after,
)
from .session import TIMEOUT, TokenSource

T = TypeVar("T")

_EMPTY_BODY_REFUSAL = "Request body should be non-empty"


@dataclass(frozen=True)
class Transport:
    """Sends calls for one operation; tokens and connections are shared with all others.

    Attributes:
        root: the URL that paths of calls are added to.
    """

    root: str
    tokens: TokenSource
    http: requests.Session
    patience: Patience

    def send(self, call: Call) -> None:
        """Send a call whose answer's body does not matter."""
        self._send(call, lambda _: None)

    def ask(self, call: Call) -> Any:
        """Send a call and read its JSON; None where the answer is empty."""
        return self._send(call, _json)

    def parsed(self, call: Call, parse: Callable[[Any], T]) -> T:
        """Send a call and make a value of its JSON; ``parse`` raises BadAnswer where it cannot."""
        return self._send(call, lambda response: parse(_json(response)))

    def _send(self, call: Call, read: Callable[[requests.Response], T]) -> T:
        return self.patience.keep_trying(_Attempt(self, call, read), call.what, call.subject)


@dataclass
class _Attempt(Generic[T]):
    """The attempts of one call, and what they have to remember of each other."""

    transport: Transport
    call: Call
    read: Callable[[requests.Response], T]
    maybe_done: bool = False
    renewed: bool = False

    def __call__(self) -> T:
        response = self._response()
        status = response.status_code
        if 300 <= status < 400:
            raise self._redirected(response)
        if status < 300:
            return self._answer(response)
        if status == 404 and self.call.method == "DELETE" and self.maybe_done:
            return self._answer(response)
        error = refusal(self.call, response, self.transport.tokens.redact)
        if status == 429:
            raise Again(error, "limited", retry_after(response))
        if status in TRANSIENT_STATUSES or status >= 500:
            raise self._unsure(error.why or "", status=status, code=error.code)
        if status == 400 and self.call.method == "POST" and _EMPTY_BODY_REFUSAL in refusal_message(response):
            raise Again(error)
        raise error

    def _response(self) -> requests.Response:
        """An answer of any status but a first 401, for which the token is renewed."""
        tokens = self.transport.tokens
        token = tokens.token(self.transport.patience)
        response = self._exchange(token)
        if response.status_code != 401:
            return response
        tokens.forget(token)
        if not self.renewed:
            self.renewed = True
            return self._response()
        refused = refusal(self.call, response, tokens.redact)
        raise CredentialsRefused(
            refused.what,
            subject=refused.subject,
            why=refused.why,
            next_step=tokens.how_to_mend(),
            status=401,
            code=refused.code,
        )

    def _exchange(self, token: str) -> requests.Response:
        url = self.transport.root + self.call.path
        try:
            return self.transport.http.request(
                self.call.method,
                url,
                params=self.call.params,
                json=self.call.body,
                auth=_Bearer(token),
                timeout=TIMEOUT,
                allow_redirects=False,
            )
        except requests.exceptions.InvalidJSONError:
            raised: Exception = InputError(
                f"cannot {self.call.what}",
                subject=self.call.subject,
                why="the payload holds something that JSON has no form for, such as NaN",
            )
        except requests.RequestException as failure:
            raised = self._broken(failure, url)
        raise raised

    def _broken(self, failure: requests.RequestException, url: str) -> Exception:
        words = connection_words(failure, url)
        if not never_sent(failure):
            return self._unsure(words)
        error = self.call.error(Unreachable, words)
        return error if is_certificate_error(failure) else Again(error, "unreached")

    def _answer(self, response: requests.Response) -> T:
        try:
            return self.read(response)
        except (BadAnswer, ValueError) as failure:
            words = str(failure) if isinstance(failure, BadAnswer) else "it is not JSON, or only a part of it"
        why = f"the answer cannot be understood: {words} [HTTP {response.status_code}]"
        raise self._unsure(why, status=response.status_code, otherwise=BadAnswer)

    def _unsure(
        self,
        why: str,
        *,
        status: int | None = None,
        code: str | None = None,
        otherwise: type[ServiceError] = Unreachable,
    ) -> Exception:
        """The call may have been done: only the caller of a POST can find out, all else can be sent again."""
        lost = self.call.error(AnswerLost, why, status=status, code=code)
        if self.call.method == "POST":
            return lost
        self.maybe_done = True
        changes = self.call.method != "GET" and otherwise is not BadAnswer
        return Again(lost if changes else self.call.error(otherwise, why, status=status, code=code))

    def _redirected(self, response: requests.Response) -> ServiceError:
        target = urlsplit(response.headers.get("Location", "")).hostname or "another address"
        return self.call.error(
            BadAnswer,
            f"the service redirects to {target}, and the token goes to no host but the configured one",
            status=response.status_code,
            next_step="Check sentinelhub:baseUrl",
        )


class _Bearer(requests.auth.AuthBase):
    """The token on one request; being an ``auth``, it also keeps ``.netrc`` out."""

    def __init__(self, token: str) -> None:
        self._token = token

    def __call__(self, request: requests.PreparedRequest) -> requests.PreparedRequest:
        request.headers["Authorization"] = f"Bearer {self._token}"
        return request


def _json(response: requests.Response) -> Any:
    body = json.loads(response.content) if response.content.strip() else None
    return None if body == "" else body  # the service answers some calls with nothing, or with ""
