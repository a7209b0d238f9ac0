"""Lifecycle rules of a bucket: ours by their ids, all others kept. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

Rule = dict[str, Any]

RULE_EXPIRE = "pulumi-sentinelhub-expire"
RULE_ABORT = "pulumi-sentinelhub-abort-uploads"
#: Rules with these ids are ours.
OWN_RULES = frozenset({RULE_EXPIRE, RULE_ABORT})
#: Days after which an upload that broke off is thrown away, so that its parts do not cost for ever.
ABORT_DAYS = 7


def wanted_rules(expire_days: int | None) -> list[Rule]:
    """Our rules: results go after ``expire_days`` days (None: they stay), unfinished uploads after a week."""
    rules: list[Rule] = [
        {
            "ID": RULE_ABORT,
            "Status": "Enabled",
            "Filter": {"Prefix": ""},
            "AbortIncompleteMultipartUpload": {"DaysAfterInitiation": ABORT_DAYS},
        }
    ]
    if expire_days is not None:
        rules.append(
            {
                "ID": RULE_EXPIRE,
                "Status": "Enabled",
                "Filter": {"Prefix": ""},
                "Expiration": {"Days": expire_days},
                # Where someone has turned versioning on, the older versions would stay otherwise.
                "NoncurrentVersionExpiration": {"NoncurrentDays": expire_days},
            }
        )
    return rules


def merge_rules(rules: Iterable[Rule], wanted: Iterable[Rule]) -> list[Rule]:
    """``rules`` with ``wanted`` as ours; foreign ones are kept, in their order, before ours."""
    return [*(_modern(rule) for rule in rules if rule.get("ID") not in OWN_RULES), *wanted]


def same_rules(left: Iterable[Rule], right: Iterable[Rule]) -> bool:
    """Whether two sets of rules mean the same, in any order."""
    return _by_text(left) == _by_text(right)


def found_expiry(rules: Iterable[Rule]) -> int | None:
    """Days after which results go by our own rule; None where there is none or it is switched off."""
    for rule in rules:
        if rule.get("ID") == RULE_EXPIRE and rule.get("Status") == "Enabled" and _prefix(rule) == "":
            days = (rule.get("Expiration") or {}).get("Days")
            return int(days) if days is not None else None
    return None


def _modern(rule: Rule) -> Rule:
    # The prefix beside the filter is the old form; S3 refuses a mixture of both.
    if "Prefix" not in rule or "Filter" in rule:
        return rule
    rest = {key: value for key, value in rule.items() if key != "Prefix"}
    return {**rest, "Filter": {"Prefix": rule["Prefix"]}}


def _prefix(rule: Mapping[str, Any]) -> str | None:
    rule_filter = rule.get("Filter", rule)
    prefix = rule_filter.get("Prefix", "")
    # Any further condition (tags, sizes, And) makes it another rule than ours.
    return None if set(rule_filter) - {"Prefix"} and "Filter" in rule else prefix


def _by_text(rules: Iterable[Rule]) -> list[str]:
    return sorted(repr(_plain(_modern(rule))) for rule in rules)


def _plain(value: Any) -> Any:
    if isinstance(value, Mapping):
        # An empty filter and one with an empty prefix both mean everything.
        members = {key: _plain(member) for key, member in value.items()}
        return sorted((key, member) for key, member in members.items() if member not in ("", [], None))
    return [_plain(member) for member in value] if isinstance(value, list) else value
