"""moto's IAM and STS: what is known there of access keys and roles."""

from __future__ import annotations

import datetime as dt
import json
import sys
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from .wire import Json

if TYPE_CHECKING:
    from moto.iam.models import IAMBackend

_PARTITION = "aws"


@dataclass(frozen=True)
class Key:
    """An access key that IAM or STS has given out.

    Attributes:
        secret: its secret.
        token: the session token that has to come with it, if any.
        principals: ARNs of whoever acts with it, the most particular one first.
        policies: what its owner may do (identity-based policies).
        expired: whether its session has ended.
    """

    secret: str = field(repr=False)
    token: str | None = field(repr=False)
    principals: tuple[str, ...]
    policies: tuple[Json, ...]
    expired: bool = False


def find_key(account: str, key_id: str) -> Key | None:
    """An active access key of an account's users, or of one of its roles' sessions."""
    iam = _iam(account)
    for user in list(iam.users.values()):
        for key in list(user.access_keys):
            if key.access_key_id == key_id and key.status == "Active":
                groups = iam.get_groups_for_user(user.name)
                policies = tuple(policy for owner in (user, *groups) for policy in _policies(owner))
                return Key(key.secret_access_key, None, (str(user.arn),), policies)
    return _session(account, key_id)


def _session(account: str, key_id: str) -> Key | None:
    from moto.sts.models import sts_backends

    session = sts_backends[account][_PARTITION].get_assumed_role_from_access_key(key_id)
    if session is None:
        return None
    role = _role(account, session.role_arn)
    now = dt.datetime.now(dt.timezone.utc).replace(tzinfo=None)
    return Key(
        session.secret_access_key,
        session.session_token,
        (session.arn, session.role_arn),
        # What a role may do is looked up at each call, and nothing once it is gone.
        tuple(_policies(role)) if role is not None else (),
        expired=session.expiration.replace(tzinfo=None) <= now,
    )


def trust_policy(account: str, arn: str) -> Json | None:
    """Who may assume a role of an account; ``None`` when there is no such role."""
    role = _role(account, arn)
    return None if role is None else _document(role.assume_role_policy_document)


def forget_iam(account: str) -> None:
    """Drop an account's users, roles, policies and sessions."""
    if "moto.iam.models" not in sys.modules:
        return  # nobody has asked for any; the import takes as long as all else that a sandbox's end does
    from moto.iam.models import iam_backends
    from moto.sts.models import sts_backends

    iam_backends.pop(account, None)
    sts_backends.pop(account, None)


def _iam(account: str) -> IAMBackend:
    from moto.iam.models import iam_backends

    return iam_backends[account][_PARTITION]


def _role(account: str, arn: str) -> Any:
    return next((role for role in list(_iam(account).roles.values()) if role.arn == arn), None)


def _policies(owner: Any) -> list[Json]:
    """Inline and attached policies of a user, group or role."""
    inline = [_document(text) for text in list(owner.policies.values())]
    attached = [
        _document(version.document)
        for policy in list(owner.managed_policies.values())
        for version in policy.versions
        if version.version_id == policy.default_version_id
    ]
    return inline + attached


def _document(text: Any) -> Json:
    return dict(json.loads(text)) if isinstance(text, str) else dict(text)
