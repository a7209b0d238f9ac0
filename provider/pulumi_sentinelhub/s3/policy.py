"""Bucket policies: the statements that let Sentinel Hub write, merged into what is there.

All is pure. A policy is the parsed JSON document, or None where the bucket has none.
"""

from __future__ import annotations

import json
import re
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any

Policy = dict[str, Any]
Statement = dict[str, Any]

NARROW = "narrow"
BROAD = "broad"
#: What `policy` may be.
KINDS = (NARROW, BROAD)
#: What may be found in place of them: other contents under our statement ids, or none of our statements.
ALTERED = "altered"
MISSING = "missing"

SID_BUCKET = "PulumiSentinelHubBucket"
SID_OBJECTS = "PulumiSentinelHubObjects"
SID_TLS_ONLY = "PulumiSentinelHubTlsOnly"
#: The id that the vendor's documentation uses [batch docs: buckets].
SID_BROAD = "Sentinel Hub permissions"
#: Ids of our statements. Where somebody else's statement has one of them, ours gets a number after it.
OWN_SIDS = frozenset({SID_BUCKET, SID_OBJECTS, SID_TLS_ONLY, SID_BROAD})
_NUMBERED = re.compile(rf"({'|'.join(map(re.escape, sorted(OWN_SIDS)))})\d*")

# Finding the region, looking for files that exist already, and writing; `overwrite` is a PutObject too.
# A script of a CDSE user gets along with the first four [batch docs: buckets]; the last one is for tidying.
# BYOC collections, also those that batch v2 makes by another right, are read by this very principal: it needs
# GetBucketLocation, ListBucket and GetObject [addendum on v2: access; main page: buckets].
_BUCKET_ACTIONS = ["s3:GetBucketLocation", "s3:ListBucket"]
_OBJECT_ACTIONS = ["s3:GetObject", "s3:PutObject", "s3:AbortMultipartUpload"]

_VERSION = "2012-10-17"
_LISTS = ("Action", "NotAction", "Resource", "NotResource")
_PRINCIPALS = ("Principal", "NotPrincipal")
# What may differ between a statement of ours and its template.
_VARYING = {"Sid": "", "Action": "", "Resource": ""}


@dataclass(frozen=True)
class Grant:
    """What Sentinel Hub is to be allowed on a bucket, as statements among those of others.

    A statement is ours when all of its shape is: id, effect, principal, condition, and no action but those
    that we give. Anything else is somebody else's and stays, whatever its id. Which resources it names does
    not matter: a bucket's policy can name its own alone.

    Attributes:
        bucket: the bucket's name.
        principal: ARN of the account that Sentinel Hub writes with.
        tls_only: refuse everyone who does not use TLS.
    """

    bucket: str
    principal: str
    tls_only: bool

    def statements(self, kind: str) -> list[Statement]:
        """What must stand in the policy.

        Args:
            kind: ``"narrow"``, the least it needs, or ``"broad"``, the ``s3:*`` that the vendor asks for.
        """
        whole, objects = f"arn:aws:s3:::{self.bucket}", f"arn:aws:s3:::{self.bucket}/*"
        if kind == BROAD:
            wanted = [_allow(SID_BROAD, self.principal, ["s3:*"], [whole, objects])]
        else:
            wanted = [
                _allow(SID_BUCKET, self.principal, _BUCKET_ACTIONS, [whole]),
                _allow(SID_OBJECTS, self.principal, _OBJECT_ACTIONS, [objects]),
            ]
        if self.tls_only:
            wanted.append(
                {
                    "Sid": SID_TLS_ONLY,
                    "Effect": "Deny",
                    "Principal": "*",
                    "Action": "s3:*",
                    "Resource": [whole, objects],
                    "Condition": {"Bool": {"aws:SecureTransport": "false"}},
                }
            )
        return wanted

    def owns(self, statement: Statement) -> bool:
        """Whether a statement is one of ours, perhaps altered in its actions or resources."""
        templates = {t["Sid"]: t for kind in KINDS for t in replace(self, tls_only=True).statements(kind)}
        template = templates.get(_base_sid(statement) or "")
        if template is None or set(statement) - set(template):
            return False
        actions, known = statement.get("Action") or [], template["Action"]
        shape, wanted = (_canonical({**one, **_VARYING}) for one in (statement, template))
        return shape == wanted and bool(actions) and set(_sorted(actions)) <= set(_sorted(known))

    def merge(self, policy: Policy | None, kind: str) -> Policy:
        """``policy`` with our statements for ``kind``; others' are kept, in their order, before ours."""
        others = self.others(policy)
        taken = [statement.get("Sid") for statement in others]
        ours = [{**one, "Sid": _free_sid(one["Sid"], taken)} for one in self.statements(kind)]
        if not policy:
            return {"Version": _VERSION, "Statement": ours}
        return {**policy, "Statement": [*others, *ours]}

    def others(self, policy: Policy | None) -> list[Statement]:
        """The statements that are not ours."""
        return [statement for statement in _statements(policy or {}) if not self.owns(statement)]

    def found(self, policy: Policy | None) -> str:
        """Which kind is in place: ``"narrow"``, ``"broad"``, ``"altered"`` or ``"missing"``."""
        ours = [{**one, "Sid": _base_sid(one)} for one in _statements(policy or {}) if self.owns(one)]
        if not ours:
            return MISSING
        for kind in KINDS:
            if _same_set(ours, self.statements(kind)):
                return kind
        return ALTERED


def parse(text: str | None) -> Policy | None:
    """The policy document; None for no text. Raises ValueError when it is no JSON object with statements."""
    if not text:
        return None
    try:
        policy = json.loads(text)
    except RecursionError:
        raise ValueError("the policy is nested too deep") from None
    if not isinstance(policy, dict):
        raise ValueError("the policy is not a JSON object")  # noqa: TRY004 - of the text, not of an argument
    if not all(isinstance(statement, dict) for statement in _statements(policy)):
        raise ValueError("one of the policy's statements is not a JSON object")
    return policy


def same(left: Policy | None, right: Policy | None) -> bool:
    """Whether two policies mean the same.

    A string stands for a list of one, and the order of actions, resources and statements does not matter.
    """
    left, right = left or {}, right or {}
    tops = [{key: value for key, value in side.items() if key != "Statement"} for side in (left, right)]
    if _statements(left) and _statements(right) and tops[0] != tops[1]:
        return False
    return _same_set(_statements(left), _statements(right))


def _allow(sid: str, principal: str, actions: list[str], resources: list[str]) -> Statement:
    return {
        "Sid": sid,
        "Effect": "Allow",
        "Principal": {"AWS": principal},
        "Action": list(actions),
        "Resource": resources,
    }


def _statements(policy: Mapping[str, Any]) -> list[Statement]:
    # The grammar allows a single statement without a list around it.
    value = policy.get("Statement") or []
    return value if isinstance(value, list) else [value]


def _base_sid(statement: Statement) -> str | None:
    """The id of ours that a statement has, without the number that may stand after it."""
    sid = statement.get("Sid")
    match = _NUMBERED.fullmatch(sid) if isinstance(sid, str) else None
    return match.group(1) if match else None


def _free_sid(sid: str, taken: Collection[Any]) -> str:
    """The id, with the first number after it that makes it nobody else's: ids are unique in a policy."""
    numbers = range(2, len(taken) + 2)
    return next(one for one in (sid, *(f"{sid}{number}" for number in numbers)) if one not in taken)


def _same_set(left: Iterable[Statement], right: Iterable[Statement]) -> bool:
    return sorted(map(_canonical, left)) == sorted(map(_canonical, right))


def _canonical(statement: Statement) -> str:
    plain: dict[str, Any] = {}
    for key, value in statement.items():
        if key in _LISTS:
            plain[key] = _sorted(value)
        elif key in _PRINCIPALS:
            # "*" and {"AWS": "*"} are the same principal [IAM user guide: principal].
            named = value if isinstance(value, dict) else {"AWS": value}
            plain[key] = {kind: _sorted(names) for kind, names in named.items()}
        elif key == "Condition" and isinstance(value, dict):
            plain[key] = {operator: _tests(tests) for operator, tests in value.items()}
        else:
            plain[key] = value
    return json.dumps(plain, sort_keys=True)


def _tests(tests: Any) -> Any:
    return {name: _sorted(values) for name, values in tests.items()} if isinstance(tests, dict) else tests


def _sorted(value: Any) -> list[str]:
    # Booleans in conditions come back as strings.
    members = value if isinstance(value, list) else [value]
    return sorted(str(member).lower() if isinstance(member, bool) else str(member) for member in members)
