"""Policies: least privilege, TLS only, merged with everything foreign kept, whatever its id."""

from __future__ import annotations

import copy
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pulumi_sentinelhub.s3.policy import (
    ALTERED,
    BROAD,
    KINDS,
    MISSING,
    NARROW,
    OWN_SIDS,
    SID_OBJECTS,
    SID_TLS_ONLY,
    Grant,
    parse,
    same,
)

PRINCIPAL = "arn:aws:iam::614251495211:root"
BUCKET = "results"
STRICT, PLAIN = (Grant(BUCKET, PRINCIPAL, tls_only=tls) for tls in (True, False))

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
        # also ours, with and without a number
        "Sid": st.one_of(
            _text, st.builds(str.__add__, st.sampled_from(sorted(OWN_SIDS)), st.sampled_from(["", "2", "3"]))
        ),
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
_grants = st.sampled_from([STRICT, PLAIN])
_kinds = st.sampled_from(KINDS)


def listed(policy: dict[str, Any] | None) -> list[dict[str, Any]]:
    value = (policy or {}).get("Statement", [])
    return [value] if isinstance(value, dict) else value


@settings(derandomize=True)
@given(_foreign, _grants, _kinds)
def test_merging_twice_is_merging_once(policy: dict[str, Any] | None, grant: Grant, kind: str) -> None:
    """What is in place already is not changed by merging it again, and is found as what it is."""
    once = grant.merge(policy, kind)
    assert grant.merge(once, kind) == once
    assert grant.found(once) == kind


@settings(derandomize=True)
@given(_foreign, _grants, _kinds, _grants, _kinds)
def test_the_last_merge_decides(
    policy: dict[str, Any] | None, first: Grant, earlier: str, grant: Grant, kind: str
) -> None:
    """Nothing of an earlier choice of ours is left over."""
    assert grant.merge(first.merge(policy, earlier), kind) == grant.merge(policy, kind)


@settings(derandomize=True)
@given(_foreign, _grants, _kinds)
def test_foreign_statements_are_kept_in_order(policy: dict[str, Any] | None, grant: Grant, kind: str) -> None:
    """Statements of others, also those with an id of ours, version and policy id survive; ids stay unique."""
    before = copy.deepcopy(policy)
    merged = grant.merge(policy, kind)
    foreign = listed(policy)
    assert merged["Statement"][: len(foreign)] == foreign == grant.others(merged)
    ours = [one["Sid"] for one in merged["Statement"][len(foreign) :]]
    assert len({*ours}) == len(ours)
    assert not {*ours} & {one.get("Sid") for one in foreign}
    assert {key: value for key, value in (policy or merged).items() if key != "Statement"} == {
        key: value for key, value in merged.items() if key != "Statement"
    }
    assert policy == before


@settings(derandomize=True)
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


@settings(derandomize=True)
@given(_foreign, _grants, _kinds, st.data())
def test_any_change_in_meaning_is_seen(
    policy: dict[str, Any] | None, grant: Grant, kind: str, data: st.DataObject
) -> None:
    """A missing statement, another effect and one action more are all differences."""
    merged = grant.merge(policy, kind)
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
    allowed = [one for one in STRICT.statements(NARROW) if one["Effect"] == "Allow"]
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
    assert PLAIN.statements(BROAD) == [
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
    plain, strict = (grant.statements(NARROW) for grant in (PLAIN, STRICT))
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
    policy = STRICT.merge(None, kind)
    assert STRICT.found(policy) == kind
    last = policy["Statement"].pop()
    assert STRICT.found(policy) == ALTERED
    assert STRICT.others({"Statement": [*policy["Statement"], last]}) == []
    assert STRICT.found(None) == STRICT.found({"Statement": []}) == MISSING


def ours(sid: str) -> dict[str, Any]:
    return next(one for one in STRICT.statements(NARROW) if one["Sid"] == sid)


@pytest.mark.parametrize(
    ("sid", "change"),
    [
        (SID_OBJECTS, {"Principal": {"AWS": "arn:aws:iam::123456789012:root"}}),
        (SID_OBJECTS, {"Principal": {"AWS": [PRINCIPAL, "arn:aws:iam::123456789012:root"]}}),
        (SID_OBJECTS, {"Principal": "*"}),
        (SID_OBJECTS, {"Effect": "Deny"}),
        (SID_OBJECTS, {"Action": ["s3:GetObject", "s3:DeleteObject"]}),
        (SID_OBJECTS, {"Action": []}),
        (SID_OBJECTS, {"Condition": {"Bool": {"aws:SecureTransport": "true"}}}),
        (SID_OBJECTS, {"NotAction": "s3:GetObject"}),
        (SID_TLS_ONLY, {"Condition": {"StringNotEquals": {"aws:SourceVpce": "vpce-1"}}}),
        (SID_TLS_ONLY, {"Principal": {"AWS": "arn:aws:iam::123456789012:root"}}),
        (SID_TLS_ONLY, {"Sid": "Theirs"}),
    ],
    ids=str,
)
def test_what_bears_our_id_is_ours_in_its_whole_shape_alone(sid: str, change: dict[str, Any]) -> None:
    """A statement with our id for someone or something else stays, and ours goes in under another id."""
    theirs = {**ours(sid), **change}
    merged = STRICT.merge({"Version": "2012-10-17", "Statement": [theirs]}, NARROW)
    assert merged["Statement"][0] == theirs
    assert len(merged["Statement"]) == 4
    assert len({one["Sid"] for one in merged["Statement"]}) == 4
    assert STRICT.found(merged) == NARROW
    # and taken away, only theirs is left
    assert STRICT.others(merged) == [theirs]


@pytest.mark.parametrize(
    "change", [{"Action": "s3:GetObject"}, {"Resource": "arn:aws:s3:::results/a/*"}], ids=str
)
def test_ours_with_less_in_it_is_altered(change: dict[str, Any]) -> None:
    """A statement of ours that someone has narrowed is still ours, so it is put right and not doubled."""
    policy = STRICT.merge(None, NARROW)
    policy["Statement"][1].update(change)
    assert STRICT.found(policy) == ALTERED
    assert STRICT.merge(policy, NARROW) == STRICT.merge(None, NARROW)


def test_a_condition_read_back_as_a_boolean_is_the_same() -> None:
    """A JSON false and the string "false" mean the same in a condition, as do "*" and {"AWS": "*"}."""
    policy = STRICT.merge(None, NARROW)
    back = copy.deepcopy(policy)
    back["Statement"][-1]["Condition"] = {"Bool": {"aws:SecureTransport": [False]}}
    back["Statement"][-1]["Principal"] = {"AWS": "*"}
    assert same(policy, back)
    assert STRICT.found(back) == NARROW


def test_a_policy_that_is_no_object_is_refused() -> None:
    """Text that is no JSON object is an error, no text is no policy."""
    assert parse("") is None
    for text in ("[]", '{"Statement": ["a"]}', '{"Statement": "a"}'):
        with pytest.raises(ValueError, match="not a JSON object"):
            parse(text)
    with pytest.raises(ValueError, match="nested too deep"):
        parse("[" * 100_000)
