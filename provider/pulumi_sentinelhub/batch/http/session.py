"""One OAuth token for the whole process, renewed before it expires."""

from __future__ import annotations

import json
import threading
from collections import deque
from collections.abc import Callable
from typing import TYPE_CHECKING, Final, NoReturn
from urllib.parse import quote, quote_plus

from oauthlib.oauth2 import OAuth2Error

from ...config.settings import HOW_TO_GIVE_CREDENTIALS, STACK_CONFIG, Credentials, Settings
from ...errors import (
    BadAnswer,
    ConfigError,
    CredentialsRefused,
    Forbidden,
    RateLimited,
    ServiceError,
    Unreachable,
)
from ...shown import fit
from ...waiting.patience import Patience
from ...waiting.retries import Again, cut_off, keep_trying
from ...waiting.timely import turn
from .exchange import CODING, HttpSession, NoAnswer
from .failures import TRANSIENT_STATUSES, Call, known_code, retry_after
from .lines import LineAdapter
from .oauth import NotAToken, fetch_token

if TYPE_CHECKING:
    from requests.adapters import BaseAdapter

#: A token is renewed this many seconds before it expires, or with this share of a short life left.
_MARGIN, _MARGIN_SHARE = 120.0, 0.2
#: Seconds that a refusal is remembered: many waiting threads must not repeat it one by one.
_REFUSAL_HOLDS = 60.0
_REFUSALS = frozenset({"invalid_client", "unauthorized_client", "invalid_grant", "access_denied"})
# invalid_request: "Missing grant_type parameter" comes and goes [batch docs: OAuth2].
_PASSING = frozenset({"invalid_request", "server_error", "temporarily_unavailable"})
#: Tokens that are looked for in what the service says: the one in use and those renewed lately.
_REMEMBERED = 4
#: In answers that are kept, secrets shorter than this are not looked for: an ordinary word may be one.
SHORTEST_IN_VALUES: Final = 16


def http_session(url: str, adapter: Callable[[], BaseAdapter] | None, pool: int = 32) -> HttpSession:
    """A session: verified TLS, no cookies.

    Args:
        url: where it calls. Plain HTTP stays on this machine (see Settings), so that neither proxies nor
            certificates are looked for in the environment, which takes as long as the rest of such a call.
        adapter: makes its transport adapter.
        pool: connections that are kept.
    """
    from http.cookiejar import DefaultCookiePolicy

    session = HttpSession()
    session.cookies.set_policy(DefaultCookiePolicy(allowed_domains=[]))
    session.headers["Accept-Encoding"] = CODING
    session.trust_env = not url.startswith("http://")
    for scheme in ("https://", "http://"):
        session.mount(scheme, adapter() if adapter else LineAdapter(pool_connections=2, pool_maxsize=pool))
    return session


class TokenSource:
    """Gives the token to all threads; one of them fetches it while the others wait."""

    def __init__(self, settings: Settings, adapter: Callable[[], BaseAdapter] | None = None) -> None:
        self._settings = settings
        self._adapter = adapter
        self._fetching = threading.Lock()
        self._lock = threading.Lock()  # of what follows; held for moments only
        self._token: str | None = None
        self._issued: deque[str] = deque(maxlen=_REMEMBERED)
        self._renew_at = 0.0
        credentials, keys = settings.credentials, settings.delivery
        self._fixed_secrets = [credentials.client_secret] if credentials else []
        self._fixed_secrets += [keys.secret_access_key, keys.access_key_id] if keys else []
        self._forms: tuple[tuple[str, ...], dict[str, int]] = (), {}
        self._refusal: CredentialsRefused | None = None
        self._refusal_until = 0.0

    def __reduce__(self) -> NoReturn:
        raise TypeError("tokens are never pickled")

    def token(self, patience: Patience) -> str:
        """A token that is valid now, fetched where there is none.

        Raises:
            ConfigError: there are no credentials.
            CredentialsRefused: the service does not accept them.
            Unreachable, RateLimited, BadAnswer: no token could be fetched.
            Interrupted, DeadlineExceeded: patience ended.
        """
        credentials = self._credentials()
        call = Call(
            "POST",
            self._settings.token_url,
            "get a token from Sentinel Hub for the OAuth client",
            credentials.abbreviated_id,
        )
        with turn(self._fetching, patience, call.what, call.subject):
            now = patience.clock.monotonic()
            if (token := self._valid(now)) is not None:
                return token
            try:
                token, lifetime = keep_trying(
                    patience, lambda: self._fetch(call, credentials, patience), call.what, call.subject
                )
            except CredentialsRefused as refused:
                with self._lock:
                    self._refusal, self._refusal_until = _copy(refused), now + _REFUSAL_HOLDS
                raise
            with self._lock:
                self._token = token
                self._issued.append(token)
                self._renew_at = now + lifetime - min(_MARGIN, lifetime * _MARGIN_SHARE)
            return token

    def forget(self, token: str) -> None:
        """Drop ``token`` after a 401; another thread may have renewed it already."""
        with self._lock:
            if self._token == token:
                self._token = None

    def redact(self, text: str) -> str:
        """``text`` without the secret and the tokens, should the service have echoed them.

        Args:
            text: before anything of it is cut off or escaped.
        """
        return self.redactor()(text)

    def redactor(self, shortest: int = 1) -> Callable[[str], str]:
        """What ``redact`` does, for many texts and for credentials of at least ``shortest`` characters."""
        with self._lock:
            secrets = (*self._fixed_secrets, *self._issued)
            if self._forms[0] != secrets:
                self._forms = (
                    secrets,
                    {form: len(secret) for secret in secrets for form in _forms(secret)},
                )
            forms = [form for form, length in self._forms[1].items() if length >= shortest]

        def redact(text: str) -> str:
            for form in forms:
                if form in text:
                    text = text.replace(form, "[redacted]")
            return text

        return redact

    def how_to_fix(self) -> str:
        """What to do when the credentials are refused."""
        credentials = self._credentials()
        text = f"The OAuth client came from the {credentials.source}: check it there"
        if credentials.source == STACK_CONFIG:
            text += "; destroy and refresh use the config of the last `up` unless --run-program is given"
        return text

    def _credentials(self) -> Credentials:
        if self._settings.credentials is None:
            raise ConfigError(
                "no Sentinel Hub credentials",
                why="none in the stack config, the environment, or sentinelhub-py's profile file",
                next_step=HOW_TO_GIVE_CREDENTIALS,
            )
        return self._settings.credentials

    def _valid(self, now: float) -> str | None:
        """The token, if it is still good. Raises the refusal that was met a moment ago."""
        with self._lock:
            if self._token is not None and now < self._renew_at:
                return self._token
            if self._refusal is not None and now < self._refusal_until:
                raise _copy(self._refusal)
            return None

    def _fetch(self, call: Call, credentials: Credentials, patience: Patience) -> tuple[str, float]:
        try:
            with http_session(self._settings.token_url, self._adapter, pool=1) as session:
                return fetch_token(session, self._settings.token_url, credentials, patience, call)
        except NoAnswer as failure:
            raised = _for_no_answer(call, failure)
        except NotAToken as failure:
            raised = self._for_status(call, failure)
        except OAuth2Error as failure:
            raised = self._for_oauth(call, str(failure.error), failure.description)
        # Outside of the handlers: what they caught holds the request, and so the secret.
        raise raised

    def _for_status(self, call: Call, failure: NotAToken) -> Exception:
        status = failure.answer.status
        if failure.why is not None:
            why = f"the token endpoint's answer {failure.why}"
            return Again(call.error(BadAnswer, why, status=status))
        why = f"the token endpoint answered HTTP {status}"
        if status == 429:
            return Again(call.error(RateLimited, why, status=429), "limited", retry_after(failure.answer))
        if status in TRANSIENT_STATUSES or status >= 500:
            return Again(call.error(Unreachable, why, status=status))
        if status == 401:
            return self._refused(call, why, 401)
        if status == 403:
            return call.error(Forbidden, why, status=403)
        if 300 <= status < 400:
            why = "the token endpoint redirects, which is not followed with a secret"
        next_step = "Check sentinelhub:tokenUrl and sentinelhub:deployment"
        return call.error(BadAnswer, why, status=status, next_step=next_step)

    def _for_oauth(self, call: Call, error: str, description: str | None) -> Exception:
        words = ": ".join(part for part in (error, description) if part)
        why = f"the token endpoint says {fit(self.redact(words))}"
        if error in _REFUSALS:
            return self._refused(call, why, None)
        code = known_code(self.redact(error))
        if error in _PASSING:
            return Again(call.error(BadAnswer, why, code=code))
        return call.error(BadAnswer, why, code=code)

    def _refused(self, call: Call, why: str, status: int | None) -> ServiceError:
        return CredentialsRefused(
            "Sentinel Hub refused the OAuth client",
            subject=call.subject,
            why=why,
            next_step=self.how_to_fix(),
            status=status,
        )


def _forms(secret: str) -> tuple[str, ...]:
    """As a text, in queries and forms, and in JSON."""
    return secret, quote_plus(secret), quote(secret, safe=""), json.dumps(secret, ensure_ascii=False)[1:-1]


def _for_no_answer(call: Call, failure: NoAnswer) -> Exception:
    """Asking twice for a token is safe, whether the first request was received or not."""
    if failure.ended is not None:
        return cut_off(failure.ended, call.what, call.subject, failure.why)
    if failure.bad:
        return Again(call.error(BadAnswer, f"the token endpoint's answer {failure.why}"))
    error = call.error(Unreachable, failure.why)
    if failure.lasting:
        return error
    return Again(error, "failing" if failure.sent else "unreached")


def _copy(error: CredentialsRefused) -> CredentialsRefused:
    """The same error without a traceback, for another thread."""
    return CredentialsRefused(
        error.what,
        subject=error.subject,
        why=error.why,
        next_step=error.next_step,
        status=error.status,
        code=error.code,
    )
