"""Policies: least privilege, TLS only, merged by statement id with everything foreign kept."""

from __future__ import annotations

import copy
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pulumi_sentinelhub.s3.policy import (
    ALTERED,
    BROAD,
    KINDS,
    MISSING,
    NARROW,
    OWN_SIDS,
    SID_TLS_ONLY,
    found,
    merge,
    parse,
    same,
    statements,
    unmerge,
)

PRINCIPAL = "arn:aws:iam::614251495211:root"
BUCKET = "results"

_text = st.text(st.characters(codec="ascii", categories=("L", "N")), min_size=1, max_size=8)
_names = st.one_of(_text, st.lists(_text, min_size=1, max_size=3))
_statement = st.fixed_dictionaries(
    {
        "Effect": st.sampled_from(["Allow", "Deny"]),
        "Principal": st.one_of(st.just("*"), st.fixed_dictionaries({"AWS": _names})),
        "Action": _names,
        "Resource": _names,
    },
    optional={
        "Sid": _text.filter(lambda sid: sid not in OWN_SIDS),
        "Condition": st.dictionaries(_text, st.dictionaries(_text, _names, max_size=2), max_size=2),
    },
)
_foreign = st.one_of(
    st.none(),
    st.fixed_dictionaries(
        {"Statement": st.one_of(_statement, st.lists(_statement, min_size=1, max_size=4))},
        optional={"Version": st.sampled_from(["2008-10-17", "2012-10-17"]), "Id": _text},
    ),
)
_wanted = st.builds(
    lambda kind, tls: statements(BUCKET, PRINCIPAL, kind, tls_only=tls), st.sampled_from(KINDS), st.booleans()
)


def listed(policy: dict[str, Any] | None) -> list[dict[str, Any]]:
    value = (policy or {}).get("Statement", [])
    return [value] if isinstance(value, dict) else value


@given(_foreign, _wanted)
def test_merging_twice_is_merging_once(policy: dict[str, Any] | None, wanted: list[dict[str, Any]]) -> None:
    """What is in place already is not changed by merging it again."""
    once = merge(policy, wanted)
    assert merge(once, wanted) == once


@given(_foreign, _wanted, _wanted)
def test_the_last_merge_decides(
    policy: dict[str, Any] | None, earlier: list[dict[str, Any]], wanted: list[dict[str, Any]]
) -> None:
    """Nothing of an earlier choice of ours is left over."""
    assert merge(merge(policy, earlier), wanted) == merge(policy, wanted)


@given(_foreign, _wanted)
def test_foreign_statements_are_kept_in_order(
    policy: dict[str, Any] | None, wanted: list[dict[str, Any]]
) -> None:
    """Statements, version and id of others survive unchanged, and the input is not touched."""
    before = copy.deepcopy(policy)
    merged = merge(policy, wanted)
    assert [one for one in merged["Statement"] if one.get("Sid") not in OWN_SIDS] == listed(policy)
    assert {key: value for key, value in (policy or merged).items() if key != "Statement"} == {
        key: value for key, value in merged.items() if key != "Statement"
    }
    assert policy == before


@given(_foreign, _wanted)
def test_unmerge_undoes_merge(policy: dict[str, Any] | None, wanted: list[dict[str, Any]]) -> None:
    """Taking ours out again leaves what was there, down to no policy at all."""
    left = unmerge(merge(policy, wanted))
    assert same(left, policy)
    assert (left is None) == (policy is None)


@given(_foreign, st.randoms())
def test_order_and_lists_of_one_mean_the_same(policy: dict[str, Any] | None, random: Any) -> None:
    """S3 may give back a string for a list of one, and any order."""
    shuffled = copy.deepcopy(policy)
    if shuffled is not None:
        shuffled["Statement"] = random.sample(listed(shuffled), len(listed(shuffled)))
        for statement in shuffled["Statement"]:
            for key in ("Action", "Resource"):
                value = statement[key]
                members = value if isinstance(value, list) else [value]
                members = random.sample(members, len(members))
                statement[key] = members[0] if len(members) == 1 else members
    assert same(policy, shuffled)


@given(_foreign, _wanted, st.data())
def test_any_change_in_meaning_is_seen(
    policy: dict[str, Any] | None, wanted: list[dict[str, Any]], data: st.DataObject
) -> None:
    """A missing statement, another effect and one action more are all differences."""
    merged = merge(policy, wanted)
    changed = copy.deepcopy(merged)
    statement = data.draw(st.sampled_from(changed["Statement"]))
    how = data.draw(st.sampled_from(["drop", "effect", "action"]))
    if how == "drop":
        changed["Statement"].remove(statement)
    elif how == "effect":
        statement["Effect"] = "Deny" if statement["Effect"] == "Allow" else "Allow"
    else:
        actions = statement["Action"]
        statement["Action"] = [*(actions if isinstance(actions, list) else [actions]), "s3:Other"]
    assert not same(merged, changed)


def test_narrow_is_the_least_that_the_service_needs() -> None:
    """Narrow lets in the service alone, lists no wildcard action, and separates bucket from objects."""
    allowed = [
        one for one in statements(BUCKET, PRINCIPAL, NARROW, tls_only=True) if one["Effect"] == "Allow"
    ]
    assert [one["Principal"] for one in allowed] == [{"AWS": PRINCIPAL}] * 2
    assert {action: one["Resource"] for one in allowed for action in one["Action"]} == {
        "s3:GetBucketLocation": ["arn:aws:s3:::results"],
        "s3:ListBucket": ["arn:aws:s3:::results"],
        "s3:GetObject": ["arn:aws:s3:::results/*"],
        "s3:PutObject": ["arn:aws:s3:::results/*"],
        "s3:AbortMultipartUpload": ["arn:aws:s3:::results/*"],
    }


def test_broad_is_the_vendors_statement() -> None:
    """Broad is the statement of the vendor's documentation, word for word."""
    assert statements(BUCKET, PRINCIPAL, BROAD, tls_only=False) == [
        {
            "Sid": "Sentinel Hub permissions",
            "Effect": "Allow",
            "Principal": {"AWS": PRINCIPAL},
            "Action": ["s3:*"],
            "Resource": ["arn:aws:s3:::results", "arn:aws:s3:::results/*"],
        }
    ]


def test_tls_only_denies_everyone_without_tls() -> None:
    """One more statement refuses every principal every action on bucket and objects without TLS."""
    plain, strict = (statements(BUCKET, PRINCIPAL, NARROW, tls_only=tls) for tls in (False, True))
    (extra,) = [one for one in strict if one not in plain]
    assert extra == {
        "Sid": SID_TLS_ONLY,
        "Effect": "Deny",
        "Principal": "*",
        "Action": "s3:*",
        "Resource": ["arn:aws:s3:::results", "arn:aws:s3:::results/*"],
        "Condition": {"Bool": {"aws:SecureTransport": "false"}},
    }


@pytest.mark.parametrize("kind", KINDS)
def test_what_is_in_place_is_recognised(kind: str) -> None:
    """Each kind is found as itself, as altered once a statement is missing, and as missing without any."""
    policy = merge(None, statements(BUCKET, PRINCIPAL, kind, tls_only=True))
    assert found(policy, BUCKET, PRINCIPAL, tls_only=True) == kind
    policy["Statement"].pop()
    assert found(policy, BUCKET, PRINCIPAL, tls_only=True) == ALTERED
    assert found(unmerge(policy), BUCKET, PRINCIPAL, tls_only=True) == MISSING


def test_a_condition_read_back_as_a_boolean_is_the_same() -> None:
    """A JSON false and the string "false" mean the same in a condition, as do "*" and {"AWS": "*"}."""
    policy = merge(None, statements(BUCKET, PRINCIPAL, NARROW, tls_only=True))
    back = copy.deepcopy(policy)
    back["Statement"][-1]["Condition"] = {"Bool": {"aws:SecureTransport": [False]}}
    back["Statement"][-1]["Principal"] = {"AWS": "*"}
    assert same(policy, back)


def test_a_policy_that_is_no_object_is_refused() -> None:
    """Text that is no JSON object is an error, no text is no policy."""
    assert parse("") is None
    with pytest.raises(ValueError, match="not a JSON object"):
        parse("[]")
