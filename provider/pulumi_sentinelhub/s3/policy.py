"""Bucket policies: the statements that let Sentinel Hub write, merged into what is there by statement id.

All functions are pure. A policy is the parsed JSON document, or None where the bucket has none.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
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
#: Statements with these ids are ours; all others are someone else's and stay.
OWN_SIDS = frozenset({SID_BUCKET, SID_OBJECTS, SID_TLS_ONLY, SID_BROAD})

# Finding the region, looking for files that exist already, and writing; `overwrite` is a PutObject too.
# A script of a CDSE user gets along with the first four [batch docs: buckets]; the last one is for tidying.
_BUCKET_ACTIONS = ["s3:GetBucketLocation", "s3:ListBucket"]
_OBJECT_ACTIONS = ["s3:GetObject", "s3:PutObject", "s3:AbortMultipartUpload"]

_VERSION = "2012-10-17"
_LISTS = ("Action", "NotAction", "Resource", "NotResource")
_PRINCIPALS = ("Principal", "NotPrincipal")


def statements(bucket: str, principal: str, kind: str, *, tls_only: bool) -> list[Statement]:
    """What must stand in the bucket's policy.

    Args:
        bucket: its name.
        principal: ARN of the account that Sentinel Hub writes with.
        kind: ``"narrow"``, the least it needs, or ``"broad"``, the ``s3:*`` of the vendor's documentation.
        tls_only: refuse everyone who does not use TLS.
    """
    whole, objects = f"arn:aws:s3:::{bucket}", f"arn:aws:s3:::{bucket}/*"
    if kind == BROAD:
        wanted = [_allow(SID_BROAD, principal, ["s3:*"], [whole, objects])]
    else:
        wanted = [
            _allow(SID_BUCKET, principal, _BUCKET_ACTIONS, [whole]),
            _allow(SID_OBJECTS, principal, _OBJECT_ACTIONS, [objects]),
        ]
    if tls_only:
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


def parse(text: str | None) -> Policy | None:
    """The policy document; None for no text. Raises ValueError when it is no JSON object."""
    if not text:
        return None
    policy = json.loads(text)
    if not isinstance(policy, dict):
        raise ValueError("the policy is not a JSON object")  # noqa: TRY004 - of the text, not of an argument
    return policy


def merge(policy: Policy | None, wanted: Iterable[Statement]) -> Policy:
    """``policy`` with ``wanted`` as our statements; foreign ones are kept, in their order, before ours."""
    rest = unmerge(policy) or {key: value for key, value in (policy or {}).items() if key != "Statement"}
    merged = {**rest, "Statement": [*_statements(rest), *wanted]}
    return merged if policy else {"Version": _VERSION, **merged}


def unmerge(policy: Policy | None) -> Policy | None:
    """``policy`` without our statements; None when no statement is left."""
    if policy is None:
        return None
    foreign = [statement for statement in _statements(policy) if statement.get("Sid") not in OWN_SIDS]
    return {**policy, "Statement": foreign} if foreign else None


def found(policy: Policy | None, bucket: str, principal: str, *, tls_only: bool) -> str:
    """Which kind is in place: ``"narrow"``, ``"broad"``, ``"altered"`` or ``"missing"``."""
    ours = [statement for statement in _statements(policy or {}) if statement.get("Sid") in OWN_SIDS]
    if not ours:
        return MISSING
    for kind in KINDS:
        if _same_set(ours, statements(bucket, principal, kind, tls_only=tls_only)):
            return kind
    return ALTERED


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
    return [value] if isinstance(value, dict) else list(value)


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
            plain[key] = {
                operator: {name: _sorted(values) for name, values in tests.items()}
                for operator, tests in value.items()
            }
        else:
            plain[key] = value
    return json.dumps(plain, sort_keys=True)


def _sorted(value: Any) -> list[str]:
    # Booleans in conditions come back as strings.
    members = value if isinstance(value, list) else [value]
    return sorted(str(member).lower() if isinstance(member, bool) else str(member) for member in members)
