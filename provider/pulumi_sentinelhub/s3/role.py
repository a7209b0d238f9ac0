"""The IAM role by which the service comes to one bucket: made, compared, deleted; nobody else's is touched.

Source: [addendum on v2: access and deployments; IAM API].
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final, TypeVar

from ..errors import BucketError
from ..shown import fit
from ..waiting.patience import Patience
from .access import Trust
from .faults import translated
from .repeating import repeated
from .tags import OWNER_TAG, owner_value

T = TypeVar("T")
Document = dict[str, Any]

#: What v2 needs: results are written, existing ones noticed, read and overwritten, parts tidied away.
OBJECT_ACTIONS: Final = ("s3:PutObject", "s3:GetObject", "s3:DeleteObject")
BUCKET_ACTIONS: Final = ("s3:ListBucket",)
POLICY: Final = "sentinelhub-delivery"
_VERSION: Final = "2012-10-17"
_PREFIX: Final = "sentinelhub-"
_LONGEST: Final = 64  # [IAM user guide: quotas]
_HASH_DIGITS: Final = 7
_GONE: Final = "NoSuchEntity"
_TAKEN: Final = "EntityAlreadyExists"
# IAM is of one place, whose parts lag behind each other.
_PASSING: Final = frozenset({"ConcurrentModification", "Throttling", "ServiceFailure", "ServiceUnavailable"})


def role_name(bucket: str) -> str:
    """The role's name, the same at every run: after the bucket, shortened where IAM takes no more."""
    name = _PREFIX + bucket
    if len(name) <= _LONGEST:
        return name
    digest = hashlib.sha256(bucket.encode()).hexdigest()[:_HASH_DIGITS]
    return f"{name[: _LONGEST - _HASH_DIGITS - 1]}-{digest}"


def trust_policy(trust: Trust) -> Document:
    """Who may assume the role: the service alone, saying what was agreed on."""
    statement: Document = {
        "Effect": "Allow",
        "Principal": {"AWS": _as_iam_keeps_it(trust.principal or "")},
        "Action": "sts:AssumeRole",
    }
    if trust.external_id:
        statement["Condition"] = {"StringEquals": {"sts:ExternalId": trust.external_id}}
    return {"Version": _VERSION, "Statement": [statement]}


def _as_iam_keeps_it(principal: str) -> str:
    """An account's bare number is the same as its root [IAM user guide: principal]."""
    return f"arn:aws:iam::{principal}:root" if re.fullmatch(r"[0-9]{12}", principal) else principal


def access_policy(bucket: str) -> Document:
    """What the role may do: what v2 needs, on this bucket."""
    whole = f"arn:aws:s3:::{bucket}"
    return {
        "Version": _VERSION,
        "Statement": [
            {"Effect": "Allow", "Action": list(OBJECT_ACTIONS), "Resource": f"{whole}/*"},
            {"Effect": "Allow", "Action": list(BUCKET_ACTIONS), "Resource": whole},
        ],
    }


@dataclass(frozen=True)
class RoleInfo:
    """A role as it is.

    Attributes:
        arn: its ARN.
        owner: the value of the tag that says whose it is; None without it.
        as_wanted: whether it trusts and allows what it should.
    """

    arn: str
    owner: str | None
    as_wanted: bool


class BucketRole:
    """The role of one bucket. All methods raise BucketError, Interrupted and DeadlineExceeded.

    Args:
        iam: gives the client, when a call is due.
        bucket: the bucket's name.
        patience: the operation's.
    """

    def __init__(self, iam: Callable[[], Any], bucket: str, patience: Patience) -> None:
        self._iam = iam
        self._bucket = bucket
        self._patience = patience
        self.name = role_name(bucket)

    def ensure(self, declaration: str, trust: Trust) -> str:
        """Make it, or set right what is this declaration's own.

        Returns:
            its ARN.

        Raises:
            BucketError: somebody else's role has its name, or IAM refused.
        """
        mark = owner_value(declaration)
        found = self._get()
        if found is None:
            found = self._make(mark, trust) or self._get() or {}
        self._require_own("cannot take over role", found, mark)
        if _document(found.get("AssumeRolePolicyDocument")) != trust_policy(trust):
            text = json.dumps(trust_policy(trust))
            self._call("set the trust of role", "update_assume_role_policy", PolicyDocument=text)
        if self._allowed() != access_policy(self._bucket):
            text = json.dumps(access_policy(self._bucket))
            self._call("set the policy of role", "put_role_policy", PolicyName=POLICY, PolicyDocument=text)
        return str(found["Arn"])

    def describe(self, trust: Trust) -> RoleInfo | None:
        """The role as it is; None when there is none."""
        found = self._get()
        if found is None:
            return None
        trusted = _document(found.get("AssumeRolePolicyDocument")) == trust_policy(trust)
        allowed = self._allowed() == access_policy(self._bucket)
        return RoleInfo(str(found["Arn"]), _owner(found), trusted and allowed)

    def delete(self, declaration: str) -> bool:
        """Delete this declaration's own; False where it is gone, or somebody else's by now."""
        found = self._get()
        if found is None or _owner(found) != owner_value(declaration):
            return False
        self._gone_is_fine(
            lambda: self._call("delete the policy of role", "delete_role_policy", PolicyName=POLICY)
        )
        return self._gone_is_fine(lambda: self._call("delete role", "delete_role"))

    def _make(self, mark: str, trust: Trust) -> Mapping[str, Any] | None:
        """A new role; None where there is one by now, as after an answer that was lost."""
        try:
            answer = self._call(
                "make role",
                "create_role",
                AssumeRolePolicyDocument=json.dumps(trust_policy(trust)),
                Description=fit(f"Sentinel Hub comes to bucket {self._bucket} by it", 1000),
                Tags=[{"Key": OWNER_TAG, "Value": mark}],
            )
        except BucketError as error:
            if error.code != _TAKEN:
                raise
            return None
        made: Mapping[str, Any] = answer["Role"]
        return {"Tags": [{"Key": OWNER_TAG, "Value": mark}], **made}

    def _get(self) -> Mapping[str, Any] | None:
        try:
            role: Mapping[str, Any] = self._call("look at role", "get_role")["Role"]
        except BucketError as error:
            if error.code == _GONE:
                return None
            raise
        return role

    def _allowed(self) -> Document | None:
        try:
            answer = self._call("read the policy of role", "get_role_policy", PolicyName=POLICY)
        except BucketError as error:
            if error.code == _GONE:
                return None
            raise
        return _document(answer.get("PolicyDocument"))

    def _require_own(self, what: str, found: Mapping[str, Any], mark: str) -> None:
        owner = _owner(found)
        if owner == mark:
            return
        whose = (
            f"it belongs to another declaration ({fit(owner, 100)})"
            if owner
            else f"it has no tag {OWNER_TAG}"
        )
        raise BucketError(
            what,
            subject=self.name,
            why=f"a role of this name is there already, and {whose}",
            next_step="Give its ARN as role_arn instead of setting delivery_role; or, if nobody needs it, "
            "delete it by hand and run the command again. It was not touched",
            code="NotOurs",
        )

    def _gone_is_fine(self, call: Callable[[], object]) -> bool:
        try:
            call()
        except BucketError as error:
            if error.code == _GONE:
                return False
            raise
        return True

    def _call(self, what: str, operation: str, **arguments: Any) -> Any:
        def attempt() -> Any:
            with translated(f"cannot {what}", self.name, "IAM"):
                return getattr(self._iam(), operation)(RoleName=self.name, **arguments)

        return repeated(self._patience, attempt, _PASSING, what, self.name)


def _owner(role: Mapping[str, Any]) -> str | None:
    return next((str(tag["Value"]) for tag in role.get("Tags", ()) if tag["Key"] == OWNER_TAG), None)


def _document(given: Any) -> Document | None:
    """A policy as it was written: boto3 gives it parsed, and a single statement or principal as it came."""
    return given if isinstance(given, dict) else None
