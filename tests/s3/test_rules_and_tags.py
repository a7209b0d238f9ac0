"""Lifecycle rules and tags: ours by their names, everybody else's kept."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pulumi_sentinelhub.s3.rules import (
    OWN_RULES,
    RULE_EXPIRE,
    found_expiry,
    merge_rules,
    same_rules,
    wanted_rules,
)
from pulumi_sentinelhub.s3.tags import OWNER_TAG, merge_tags, owner_value, tag_problems

_rule = st.fixed_dictionaries(
    {
        "ID": st.sampled_from(["a", "b", "c"]),
        "Status": st.just("Enabled"),
        "Expiration": st.just({"Days": 9}),
    },
    optional={"Filter": st.sampled_from([{"Prefix": "x/"}, {"Tag": {"Key": "k", "Value": "v"}}])},
)
_days = st.one_of(st.none(), st.integers(1, 400))


@given(st.lists(_rule, max_size=3), _days, _days)
def test_rules_are_merged_by_id(
    rules: list[dict[str, object]], before: int | None, after: int | None
) -> None:
    """The last merge decides, is idempotent, and keeps foreign rules in order."""
    merged = merge_rules(merge_rules(rules, wanted_rules(before)), wanted_rules(after))
    assert merged == merge_rules(rules, wanted_rules(after)) == merge_rules(merged, wanted_rules(after))
    assert [rule for rule in merged if rule["ID"] not in OWN_RULES] == rules
    assert found_expiry(merged) == after
    assert same_rules(merged, list(reversed(merged)))


def test_unfinished_uploads_are_always_thrown_away() -> None:
    """Without an expiry there is one rule, for uploads that broke off; with one, older versions go too."""
    (abort,) = wanted_rules(None)
    assert abort["AbortIncompleteMultipartUpload"] == {"DaysAfterInitiation": 7}
    assert wanted_rules(5)[1]["NoncurrentVersionExpiration"] == {"NoncurrentDays": 5}


@pytest.mark.parametrize(
    "change",
    [{"Status": "Disabled"}, {"Filter": {"Prefix": "x/"}}, {"Filter": {"Tag": {}}}, {"Expiration": {}}],
)
def test_an_altered_expiry_is_no_expiry(change: dict[str, object]) -> None:
    """Our rule switched off, or narrowed to a part of the bucket, does not count."""
    (rule,) = [rule for rule in wanted_rules(5) if rule["ID"] == RULE_EXPIRE]
    assert found_expiry([rule]) == 5
    assert found_expiry([{**rule, **change}]) is None


def test_rules_of_the_old_form_are_written_in_the_new_one() -> None:
    """S3 refuses a mixture of rules with and without a filter."""
    old = {"ID": "old", "Prefix": "logs/", "Status": "Enabled", "Expiration": {"Days": 1}}
    merged = merge_rules([old], wanted_rules(None))
    assert merged[0] == {
        "ID": "old",
        "Status": "Enabled",
        "Expiration": {"Days": 1},
        "Filter": {"Prefix": "logs/"},
    }
    assert same_rules([old], merged[:1])


_key = st.sampled_from("abcdef")
_tags = st.dictionaries(_key, st.sampled_from("123"))


@given(_tags, _tags, st.sets(_key))
def test_tags_of_others_are_kept(existing: dict[str, str], wanted: dict[str, str], earlier: set[str]) -> None:
    """The user's win, those declared earlier go, all others stay, and the owner's mark is there."""
    merged = merge_tags(existing, wanted, earlier, "d")
    assert merged.pop(OWNER_TAG) == "d"
    for key in set(existing) | set(wanted) | set(merged):
        expected = wanted.get(key, None if key in earlier else existing.get(key))
        assert merged.get(key) == expected


@given(st.text(min_size=1, max_size=400), st.text(min_size=1, max_size=400))
def test_the_owners_mark_is_a_valid_and_distinct_tag(one: str, another: str) -> None:
    """Whatever the declaration's key looks like, S3 takes the tag, and two declarations never share it."""
    assert re.fullmatch(r"[\w\s+\-=.:/@]{1,256}", owner_value(one))
    assert (owner_value(one) == owner_value(another)) == (one == another)


@pytest.mark.parametrize(
    ("tags", "key"),
    [
        ({"aws:x": "1"}, "aws:x"),
        ({"k" * 129: "1"}, "k" * 129),
        ({"k": "v" * 257}, "k"),
        ({"k": 1}, "k"),
        ({"k?": "v"}, "k?"),
        ({OWNER_TAG: "x"}, OWNER_TAG),
        ({f"k{n}": "v" for n in range(50)}, ""),
        ({"k": "v", "team": "a b+c-d=e.f_g:h/i@j"}, None),
    ],
)
def test_tags_that_s3_would_refuse_are_found(tags: dict[str, object], key: str | None) -> None:
    """Each complaint names its key."""
    assert [name for name, _ in tag_problems(tags)] == ([] if key is None else [key])
