"""OAuth2 client credentials: issuing and checking tokens [batch docs: Authentication]."""

from __future__ import annotations

import base64
import hmac
import json
import threading
import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from flask import Response, jsonify, request

from .accounts import Caller, Client
from .limits import RateLimits
from .routes import Route
from .wire import ApiError, Json

TOKEN_PATHS = (
    "/auth/realms/main/protocol/openid-connect/token",
    "/auth/realms/CDSE/protocol/openid-connect/token",
    "/oauth/token",
)
_UNAUTHORIZED = (
    "You are not authorized! Please provide a valid access token within the header "
    "[Authorization: Bearer <accessToken>] of your request."
)


class OAuthError(Exception):
    """A refusal in the shape of RFC 6749."""

    def __init__(self, status: int, error: str, description: str) -> None:
        super().__init__(description)
        self.status = status
        self.body: Json = {"error": error, "error_description": description}


@dataclass
class _Token:
    """What an access token says, whose it is, and until when it is good (epoch seconds)."""

    claims: Json
    caller: Caller
    until: float


class Tokens:
    """Issues access tokens to clients and knows which are still good.

    Args:
        clients: those that are let in, by id.
        seconds: lifetime of a token, seconds.
        clock: epoch seconds.
    """

    def __init__(self, clients: Mapping[str, Client], seconds: float, clock: Callable[[], float]) -> None:
        self._clients = clients
        self._seconds = seconds
        self._clock = clock
        self._issued: dict[str, _Token] = {}
        self._lock = threading.Lock()

    def issue(self, client_id: str, client_secret: str) -> Json:
        """A token response. Raises OAuthError (401) for any other client or secret."""
        client = self._clients.get(client_id)
        if client is None or not hmac.compare_digest(client_secret.encode(), client.secret.encode()):
            raise OAuthError(401, "invalid_client", "Invalid client or Invalid client credentials")
        caller, now = client.caller, self._clock()
        claims: Json = {
            "exp": int(now + self._seconds),
            "iat": int(now),
            "jti": str(uuid.uuid4()),
            "iss": "http://127.0.0.1/auth/realms/main",
            "sub": caller.user,
            "typ": "Bearer",
            "azp": client_id,
            "account": caller.account,
        }
        token = ".".join((_part({"alg": "RS256", "typ": "JWT", "kid": "sandbox"}), _part(claims), _noise()))
        with self._lock:
            self._issued[token] = _Token(claims, caller, now + self._seconds)
        return {
            "access_token": token,
            "expires_in": int(self._seconds),
            "refresh_expires_in": 0,
            "token_type": "Bearer",
            "not-before-policy": 0,
            "scope": "email profile",
        }

    def claims(self, authorization: str) -> Json | None:
        """The claims of a good bearer token in an Authorization header, else ``None``."""
        token = self._find(authorization)
        return token.claims if token is not None and self._clock() < token.until else None

    def caller(self, authorization: str) -> Caller:
        """Who calls. Raises ApiError (401) unless the header carries a good token."""
        token = self._find(authorization)
        if token is None or self._clock() >= token.until:
            raise ApiError(401, _UNAUTHORIZED)
        return token.caller

    def client_of(self, authorization: str) -> str | None:
        """The id of the client that a token was issued to, good or not any more."""
        token = self._find(authorization)
        return token.caller.client_id if token is not None else None

    def _find(self, authorization: str) -> _Token | None:
        scheme, _, token = authorization.partition(" ")
        with self._lock:
            return self._issued.get(token.strip()) if scheme.lower() == "bearer" else None

    def reset(self) -> None:
        """Forget all."""
        with self._lock:
            self._issued.clear()

    def revoke_all(self) -> int:
        """Make every token bad at once; returns how many there were."""
        with self._lock:
            good = [token for token in self._issued.values() if token.until > self._clock()]
            for token in good:
                token.until = 0.0
        return len(good)


def _part(claims: Json) -> str:
    return base64.urlsafe_b64encode(json.dumps(claims).encode()).rstrip(b"=").decode()


def _noise() -> str:
    return base64.urlsafe_b64encode(uuid.uuid4().bytes + uuid.uuid4().bytes).rstrip(b"=").decode()


def _credentials() -> tuple[str, str]:
    basic = request.authorization
    if basic is not None and basic.type == "basic":
        return basic.username or "", basic.password or ""
    return request.form.get("client_id", ""), request.form.get("client_secret", "")


def oauth_routes(tokens: Tokens, limits: RateLimits) -> list[Route]:
    """The token endpoints, new, old and CDSE's, and the old ``tokeninfo``.

    Token calls are limited like all others, but counted on their own, a client at a time.
    """

    def token() -> Response | tuple[Response, int, dict[str, str]]:
        grant = request.form.get("grant_type")
        if not grant:
            raise OAuthError(400, "invalid_request", "Missing grant_type parameter")
        if grant != "client_credentials":
            raise OAuthError(400, "unsupported_grant_type", "Unsupported grant_type")
        client_id, client_secret = _credentials()
        try:
            limits.take(f"tokens of {client_id}")
        except ApiError as error:
            # Without the envelope, as the docs print it: `error` is a word of OAuth's own here.
            return jsonify(error.body()["error"]), error.status, error.headers
        answer = jsonify(tokens.issue(client_id, client_secret))
        answer.headers["Cache-Control"] = "no-store"
        return answer

    def tokeninfo() -> Response:
        claims = tokens.claims(request.headers.get("Authorization", ""))
        if claims is None:
            raise ApiError(401, _UNAUTHORIZED)
        return jsonify(claims)

    told: list[Route] = [(method, "/oauth/tokeninfo", tokeninfo) for method in ("GET", "POST")]
    return [*(("POST", path, token) for path in TOKEN_PATHS), *told]


def oauth_refused(error: OAuthError) -> tuple[Response, int]:
    """A refusal as an answer."""
    return jsonify(error.body), error.status
