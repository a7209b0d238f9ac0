"""One OAuth token for the whole process, renewed before it expires."""

from __future__ import annotations

import contextlib
import json
import logging
import os
import threading
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any, NoReturn

import requests
import requests_oauthlib
from oauthlib.oauth2 import BackendApplicationClient, OAuth2Error

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
from ...waiting.patience import Again, Patience
from .failures import (
    TRANSIENT_STATUSES,
    Call,
    connection_words,
    is_certificate_error,
    never_sent,
    retry_after,
)

if TYPE_CHECKING:
    from requests.adapters import BaseAdapter

#: Seconds to connect, and between two bytes of an answer.
TIMEOUT = (10.0, 30.0)
#: A token is renewed this many seconds before it expires, or with this share of a short life left.
_MARGIN, _MARGIN_SHARE = 120.0, 0.2
_DEFAULT_LIFETIME = 300.0
#: Seconds that a refusal is remembered: many waiting threads must not repeat it one by one.
_REFUSAL_HOLDS = 60.0
_REFUSALS = frozenset({"invalid_client", "unauthorized_client", "invalid_grant", "access_denied"})
# invalid_request: "Missing grant_type parameter" comes and goes [batch docs: OAuth2].
_PASSING = frozenset({"invalid_request", "server_error", "temporarily_unavailable", "missing_token"})
_insecure_loopback = threading.Lock()


class _OnlyWarnings(logging.Filter):
    def filter(self, record: logging.LogRecord) -> bool:
        return record.levelno >= logging.WARNING


def _silence_token_logs() -> None:
    """requests-oauthlib logs secret and token at DEBUG; a filter holds whatever level anybody sets later."""
    for name in list(logging.root.manager.loggerDict):
        if name.split(".")[0] in ("requests_oauthlib", "oauthlib"):
            logging.getLogger(name).addFilter(_OnlyWarnings())


_silence_token_logs()


class _NotAToken(Exception):
    """The token endpoint answered with something that oauthlib must not see as the client's fault."""

    def __init__(self, response: requests.Response) -> None:
        super().__init__(response.status_code)
        self.status = response.status_code
        self.retry_after = retry_after(response)


def http_session(adapter: Callable[[], BaseAdapter] | None) -> requests.Session:
    """A session for API calls: verified TLS, no cookies."""
    session = requests.Session()
    _prepare(session, adapter, pool=32)
    return session


def _prepare(session: requests.Session, adapter: Callable[[], BaseAdapter] | None, pool: int) -> None:
    from http.cookiejar import DefaultCookiePolicy

    from requests.adapters import HTTPAdapter

    session.cookies.set_policy(DefaultCookiePolicy(allowed_domains=[]))
    for scheme in ("https://", "http://"):
        session.mount(scheme, adapter() if adapter else HTTPAdapter(pool_connections=2, pool_maxsize=pool))


class TokenSource:
    """Gives the token to all threads; one of them fetches it while the others wait."""

    def __init__(self, settings: Settings, adapter: Callable[[], BaseAdapter] | None = None) -> None:
        self._settings = settings
        self._adapter = adapter
        self._lock = threading.Lock()
        self._token: str | None = None
        self._renew_at = 0.0
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
        with self._turn(call, patience):
            now = patience.clock.monotonic()
            if self._token is not None and now < self._renew_at:
                return self._token
            if self._refusal is not None and now < self._refusal_until:
                raise _copy(self._refusal)
            try:
                token, lifetime = patience.keep_trying(
                    lambda: self._fetch(call, credentials), call.what, call.subject
                )
            except CredentialsRefused as refused:
                self._refusal, self._refusal_until = _copy(refused), now + _REFUSAL_HOLDS
                raise
            self._token = token
            self._renew_at = now + lifetime - min(_MARGIN, lifetime * _MARGIN_SHARE)
            return token

    def forget(self, token: str) -> None:
        """Drop ``token`` after a 401; another thread may have renewed it already."""
        with self._lock:
            if self._token == token:
                self._token = None

    def redact(self, text: str) -> str:
        """``text`` without the secret and the token, should the service have echoed them."""
        credentials = self._settings.credentials
        for secret in (credentials.client_secret if credentials else None, self._token):
            if secret:
                text = text.replace(secret, "[redacted]")
        return text

    def how_to_mend(self) -> str:
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

    @contextlib.contextmanager
    def _turn(self, call: Call, patience: Patience) -> Iterator[None]:
        # In slices: whoever waits for the thread that fetches must notice Ctrl-C too.
        while not self._lock.acquire(timeout=0.2):
            patience.check(call.what, call.subject)
        try:
            yield
        finally:
            self._lock.release()

    def _fetch(self, call: Call, credentials: Credentials) -> tuple[str, float]:
        try:
            answer = self._ask(credentials)
        except _NotAToken as failure:
            raised = self._for_status(call, failure)
        except OAuth2Error as failure:
            raised = self._for_oauth(call, failure)
        except requests.exceptions.TooManyRedirects:
            raised = call.error(
                BadAnswer, "the token endpoint redirects, which is not followed with a secret"
            )
        except requests.RequestException as failure:
            raised = _for_connection(call, failure, self._settings.token_url)
        except (ValueError, TypeError, KeyError):
            raised = Again(call.error(BadAnswer, "the token endpoint's answer cannot be understood"))
        else:
            token = answer.get("access_token")
            if isinstance(token, str) and token:
                return token, _lifetime(answer.get("expires_in"))
            raised = Again(call.error(BadAnswer, "the token endpoint's answer holds no token"))
        # Outside of the handlers: what they caught holds the request, and so the secret.
        raise raised

    def _ask(self, credentials: Credentials) -> dict[str, Any]:
        client = BackendApplicationClient(client_id=credentials.client_id)
        with requests_oauthlib.OAuth2Session(client=client) as session:
            _prepare(session, self._adapter, pool=1)
            session.max_redirects = 0  # fetch_token cannot be told not to follow
            session.register_compliance_hook("access_token_response", _compliant)
            with _loopback_allowed(self._settings.token_url):
                return dict(
                    session.fetch_token(
                        self._settings.token_url,
                        client_secret=credentials.client_secret,
                        include_client_id=True,
                        timeout=TIMEOUT,
                    )
                )

    def _for_status(self, call: Call, failure: _NotAToken) -> Exception:
        why = f"the token endpoint answered HTTP {failure.status}"
        if failure.status == 429:
            return Again(call.error(RateLimited, why, status=429), "limited", failure.retry_after)
        if failure.status in TRANSIENT_STATUSES:
            return Again(call.error(Unreachable, why, status=failure.status))
        if failure.status == 401:
            return self._refused(call, why, 401)
        if failure.status == 403:
            return call.error(Forbidden, why, status=403)
        next_step = "Check sentinelhub:tokenUrl and sentinelhub:deployment"
        return call.error(BadAnswer, why, status=failure.status, next_step=next_step)

    def _for_oauth(self, call: Call, failure: OAuth2Error) -> Exception:
        words = ": ".join(part for part in (failure.error, failure.description) if part)
        why = self.redact(f"the token endpoint says {words}")
        if failure.error in _REFUSALS:
            return self._refused(call, why, None)
        if failure.error in _PASSING:
            return Again(call.error(BadAnswer, why, code=failure.error))
        return call.error(BadAnswer, why, code=failure.error)

    def _refused(self, call: Call, why: str, status: int | None) -> ServiceError:
        return CredentialsRefused(
            "Sentinel Hub refused the OAuth client",
            subject=call.subject,
            why=why,
            next_step=self.how_to_mend(),
            status=status,
        )


def _compliant(response: requests.Response) -> requests.Response:
    """Let oauthlib see tokens and OAuth errors only: it does not look at the status [batch docs: OAuth2]."""
    if response.status_code == 429 or response.status_code >= 500:
        raise _NotAToken(response)
    if response.status_code >= 300:
        try:
            body = json.loads(response.content)
        except ValueError:
            body = None
        if not isinstance(body, dict) or not isinstance(body.get("error"), str):
            raise _NotAToken(response)
    return response


def _for_connection(call: Call, failure: requests.RequestException, url: str) -> Exception:
    error = call.error(Unreachable, connection_words(failure, url))
    if is_certificate_error(failure):
        return error
    return Again(error, "unreached" if never_sent(failure) else "failing")


def _lifetime(expires_in: object) -> float:
    if isinstance(expires_in, bool) or not isinstance(expires_in, (int, float)) or expires_in <= 0:
        return _DEFAULT_LIFETIME
    return float(expires_in)


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


@contextlib.contextmanager
def _loopback_allowed(url: str) -> Iterator[None]:
    """Oauthlib takes plain HTTP only by this variable; settings let it through for loopback hosts alone."""
    if not url.startswith("http://"):
        yield
        return
    key = "OAUTHLIB_INSECURE_TRANSPORT"
    with _insecure_loopback:
        before = os.environ.get(key)
        os.environ[key] = "1"
        try:
            yield
        finally:
            if before is None:
                del os.environ[key]
            else:
                os.environ[key] = before
