"""AWS Signature Version 4 of a call, checked as AWS checks it [AWS: Signature Version 4]."""

from __future__ import annotations

import hashlib
import hmac
import re
from dataclasses import dataclass, field
from functools import lru_cache
from urllib.parse import parse_qsl, quote, unquote

from .httpd import Environ

ALGORITHM = "AWS4-HMAC-SHA256"
_UNSIGNED = "UNSIGNED-PAYLOAD"
_HEADER = re.compile(rf"{ALGORITHM}\s+Credential=([^,\s]+),\s*SignedHeaders=([^,\s]+),\s*Signature=(\w+)")


@dataclass(frozen=True)
class Signature:
    """What a call says of who signed it.

    Attributes:
        key_id: the access key.
        scope: date, region, service and ``aws4_request``, joined by slashes.
        headers: names of the signed headers, lower case.
        value: the signature itself, hexadecimal.
        moment: when it was signed, as in ``20240131T120000Z``.
        token: the session token, if any.
        payload: hash of the body, or the word that stands for it.
    """

    key_id: str
    scope: str
    headers: tuple[str, ...]
    value: str = field(repr=False)
    moment: str
    token: str | None = field(repr=False)
    payload: str

    @property
    def service(self) -> str:
        """``s3``, ``iam`` or ``sts``."""
        return self.scope.split("/")[2]

    def made_with(self, secret: str, environ: Environ) -> bool:
        """Whether the secret of the access key has signed this very call."""
        text = "\n".join((ALGORITHM, self.moment, self.scope, _sha256(self._canonical(environ).encode())))
        key = _signing_key(secret, self.scope)
        return hmac.compare_digest(hmac.digest(key, text.encode(), "sha256").hex(), self.value)

    def _canonical(self, environ: Environ) -> str:
        path, _, query = environ["RAW_URI"].partition("?")
        pairs = sorted(
            (_encoded(name), _encoded(value))
            for name, _, value in (pair.partition("=") for pair in query.split("&") if pair)
            if name != "X-Amz-Signature"
        )
        lines = [f"{name}:{' '.join(_header(environ, name).split())}" for name in self.headers]
        return "\n".join(
            (
                environ["REQUEST_METHOD"],
                _encoded(path, safe="/"),
                "&".join(f"{name}={value}" for name, value in pairs),
                *lines,
                "",
                ";".join(self.headers),
                self.payload,
            )
        )


@lru_cache(maxsize=64)
def _signing_key(secret: str, scope: str) -> bytes:
    """The same for all calls of a day, a region and a service."""
    key = f"AWS4{secret}".encode()
    for part in scope.split("/"):
        key = hmac.digest(key, part.encode(), "sha256")
    return key


def signature_of(environ: Environ) -> Signature | None:
    """The signature of a call; ``None`` when it has none of this version."""
    found = _HEADER.match(environ.get("HTTP_AUTHORIZATION", ""))
    if found is not None:
        names, value = found[2], found[3]
        moment, token = environ.get("HTTP_X_AMZ_DATE", ""), environ.get("HTTP_X_AMZ_SECURITY_TOKEN")
        payload = environ.get("HTTP_X_AMZ_CONTENT_SHA256") or _sha256(environ["sandbox.body"])
        credential = found[1]
    else:
        query = dict(parse_qsl(environ.get("QUERY_STRING", ""), keep_blank_values=True))
        if query.get("X-Amz-Algorithm") != ALGORITHM:
            return None
        members = ("Credential", "SignedHeaders", "Signature", "Date")
        credential, names, value, moment = (query.get(f"X-Amz-{name}", "") for name in members)
        token, payload = query.get("X-Amz-Security-Token"), _UNSIGNED
    key_id, _, scope = unquote(credential).partition("/")
    if scope.count("/") != 3:
        return None
    return Signature(key_id, scope, tuple(names.split(";")), value, moment, token, payload)


def _header(environ: Environ, name: str) -> str:
    key = name.upper().replace("-", "_")
    return str(environ.get(key if key in {"CONTENT_TYPE", "CONTENT_LENGTH"} else f"HTTP_{key}", ""))


def _encoded(text: str, safe: str = "") -> str:
    return quote(unquote(text), safe=f"{safe}-_.~")


def _sha256(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()
