"""Who makes an AWS call: its access key, and whether that key's secret has signed it."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from enum import Enum
from urllib.parse import parse_qs

from .httpd import Environ
from .moto_iam import Key, find_key
from .policy import Decision, decide
from .signature import Signature, signature_of

SERVICE_KEY_ID = "AKIASENTINELHUB00001"
SERVICE_SECRET = "sentinel-hub-service"  # noqa: S105  opens nothing but this sandbox
_OLD_HEADER = re.compile(r"AWS ([^:\s]+):")


class KeyRefused(Exception):
    """A call whose key is unknown, or did not sign it; ``code`` is S3's word for it."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


class Kind(Enum):
    """Whose key it is: the account's own, Sentinel Hub's, or one that IAM or STS has given out."""

    OWNER = "owner"
    SERVICE = "service"
    GIVEN = "given"


@dataclass(frozen=True)
class AwsCaller:
    """Who calls; ``key`` is there for keys of IAM and STS."""

    kind: Kind
    key: Key | None = None

    def own_decision(self, action: str, resource: str) -> Decision:
        """What the caller's own policies say of an action on an ARN."""
        if self.key is None:
            return Decision.DEFAULT
        return strictest(decide(policy, None, action, resource) for policy in self.key.policies)


def strictest(found: Iterable[Decision]) -> Decision:
    """What several policies say together: an explicit Deny wins, then any Allow."""
    seen = set(found)
    for decision in (Decision.DENY, Decision.ALLOW):
        if decision in seen:
            return decision
    return Decision.DEFAULT


class Keyring:
    """All access keys that one AWS account's side knows.

    Args:
        account: the account's number, 12 digits.
        owner_key_id: the access key of the account itself.
        owner_secret: its secret.
    """

    def __init__(self, account: str, owner_key_id: str, owner_secret: str) -> None:
        self.account = account
        self._fixed = {
            owner_key_id: (Kind.OWNER, owner_secret),
            SERVICE_KEY_ID: (Kind.SERVICE, SERVICE_SECRET),
        }

    def caller(self, environ: Environ) -> AwsCaller | None:
        """Who calls; ``None`` when nobody has signed. Raises KeyRefused."""
        signature = signature_of(environ)
        if signature is not None:
            return self._checked(signature, environ)
        old = _old_key_id(environ)
        if old is None:
            return None
        kind, _ = self._fixed.get(old, (None, ""))
        if kind is not Kind.OWNER:
            raise KeyRefused("InvalidAccessKeyId")
        return AwsCaller(kind)

    def _checked(self, signature: Signature, environ: Environ) -> AwsCaller:
        if signature.key_id in self._fixed:
            kind, secret = self._fixed[signature.key_id]
            caller = AwsCaller(kind)
        else:
            key = self.given(signature.key_id)
            if key is None:
                raise KeyRefused("InvalidAccessKeyId")
            if key.token != signature.token:
                raise KeyRefused("InvalidToken")
            if key.expired:
                raise KeyRefused("ExpiredToken")
            caller, secret = AwsCaller(Kind.GIVEN, key), key.secret
        if not signature.made_with(secret, environ):
            raise KeyRefused("SignatureDoesNotMatch")
        return caller

    def given(self, key_id: str) -> Key | None:
        """A key of IAM or STS."""
        return find_key(self.account, key_id)

    def known(self, key_id: str) -> AwsCaller | None:
        """Whose a key is, whether or not its secret is known."""
        if key_id in self._fixed:
            return AwsCaller(self._fixed[key_id][0])
        key = self.given(key_id)
        return None if key is None else AwsCaller(Kind.GIVEN, key)


def _old_key_id(environ: Environ) -> str | None:
    """The key of a signature of version 2, which is not checked."""
    found = _OLD_HEADER.match(environ.get("HTTP_AUTHORIZATION", ""))
    if found:
        return found.group(1)
    named = parse_qs(environ.get("QUERY_STRING", "")).get("AWSAccessKeyId")
    return named[0] if named else None
