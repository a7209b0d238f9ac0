"""OAuth2 client credentials: issuing and checking tokens [batch docs: Authentication]."""

from __future__ import annotations

import base64
import hmac
import json
import threading
import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from flask import Blueprint, Response, jsonify, request

from .options import SandboxOptions
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


@dataclass(frozen=True)
class Caller:
    """Who calls: an OAuth client, its account (a UUID) and its user (a UUID)."""

    client_id: str
    account: str
    user: str


@dataclass(frozen=True)
class Client:
    """An OAuth client that is let in."""

    caller: Caller
    secret: str


def account_id(name: str) -> str:
    """The UUID of an account: the name itself where it is one, else one that belongs to the name."""
    try:
        return str(uuid.UUID(name))
    except ValueError:
        return str(uuid.uuid5(uuid.NAMESPACE_URL, f"account/{name}"))


def clients_of(options: SandboxOptions) -> dict[str, Client]:
    """All OAuth clients by id: the default one and those of further accounts.

    Raises:
        ValueError: an account is not ``ID:SECRET`` or ``ID:SECRET:ACCOUNT``.
    """
    own = account_id(options.account) if options.account else str(uuid.uuid4())
    found = {options.client_id: _client(options.client_id, options.client_secret, own)}
    for text in options.accounts:
        id, _, rest = text.partition(":")
        secret, _, account = rest.partition(":")
        if not id or not secret or id in found:
            raise ValueError(f"not ID:SECRET or ID:SECRET:ACCOUNT with an id of its own: {id or text!r}")
        found[id] = _client(id, secret, account_id(account) if account else own)
    return found


def _client(id: str, secret: str, account: str) -> Client:
    return Client(Caller(id, account, str(uuid.uuid5(uuid.NAMESPACE_URL, id))), secret)


class Tokens:
    """Issues access tokens to clients and knows which are still good.

    Args:
        clients: the clients that are let in, by id.
        seconds: lifetime of a token, seconds.
        clock: epoch seconds.
    """

    def __init__(self, clients: Mapping[str, Client], seconds: float, clock: Callable[[], float]) -> None:
        self._clients = clients
        self._seconds = seconds
        self._clock = clock
        self._claims: dict[str, Json] = {}
        self._lock = threading.Lock()

    def issue(self, client_id: str, client_secret: str) -> Json:
        """A token response. Raises OAuthError (401) for any other client or secret."""
        client = self._clients.get(client_id)
        if client is None or not hmac.compare_digest(client_secret.encode(), client.secret.encode()):
            raise OAuthError(401, "invalid_client", "Invalid client or Invalid client credentials")
        now = self._clock()
        claims: Json = {
            "exp": int(now + self._seconds),
            "iat": int(now),
            "jti": str(uuid.uuid4()),
            "iss": "http://127.0.0.1/auth/realms/main",
            "sub": client.caller.user,
            "typ": "Bearer",
            "azp": client_id,
            "account": client.caller.account,
        }
        token = ".".join((_part({"alg": "RS256", "typ": "JWT", "kid": "sandbox"}), _part(claims), _noise()))
        with self._lock:
            self._claims[token] = {**claims, "until": now + self._seconds}
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
        scheme, _, token = authorization.partition(" ")
        with self._lock:
            claims = self._claims.get(token.strip())
        if scheme.lower() != "bearer" or claims is None or self._clock() >= claims["until"]:
            return None
        return {key: value for key, value in claims.items() if key != "until"}

    def client_of(self, authorization: str) -> str | None:
        """The client that a token was issued to, be it expired; ``None`` without one."""
        with self._lock:
            claims = self._claims.get(authorization.partition(" ")[2].strip())
        return None if claims is None else str(claims["azp"])

    def require(self, authorization: str) -> Caller:
        """Who calls. Raises ApiError (401) unless the header carries a good token."""
        claims = self.claims(authorization)
        if claims is None:
            raise ApiError(401, _UNAUTHORIZED)
        return self._clients[claims["azp"]].caller

    def revoke_all(self) -> int:
        """Make every token bad at once; returns how many there were."""
        with self._lock:
            count = len(self._claims)
            self._claims.clear()
        return count


def _part(claims: Json) -> str:
    return base64.urlsafe_b64encode(json.dumps(claims).encode()).rstrip(b"=").decode()


def _noise() -> str:
    return base64.urlsafe_b64encode(uuid.uuid4().bytes + uuid.uuid4().bytes).rstrip(b"=").decode()


def _credentials() -> tuple[str, str]:
    basic = request.authorization
    if basic is not None and basic.type == "basic":
        return basic.username or "", basic.password or ""
    return request.form.get("client_id", ""), request.form.get("client_secret", "")


def oauth_blueprint(tokens: Tokens) -> Blueprint:
    """The token endpoints, new, old and CDSE's, and the old ``tokeninfo``."""
    blueprint = Blueprint("oauth", __name__)

    def token() -> Response:
        grant = request.form.get("grant_type")
        if not grant:
            raise OAuthError(400, "invalid_request", "Missing grant_type parameter")
        if grant != "client_credentials":
            raise OAuthError(400, "unsupported_grant_type", "Unsupported grant_type")
        answer = jsonify(tokens.issue(*_credentials()))
        answer.headers["Cache-Control"] = "no-store"
        return answer

    def tokeninfo() -> Response:
        claims = tokens.claims(request.headers.get("Authorization", ""))
        if claims is None:
            raise ApiError(401, _UNAUTHORIZED)
        return jsonify(claims)

    def refused(error: OAuthError) -> tuple[Response, int]:
        return jsonify(error.body), error.status

    for path in TOKEN_PATHS:
        blueprint.add_url_rule(path, endpoint=path.replace(".", "_"), view_func=token, methods=["POST"])
    blueprint.add_url_rule("/oauth/tokeninfo", view_func=tokeninfo, methods=["GET", "POST"])
    blueprint.register_error_handler(OAuthError, refused)
    return blueprint
