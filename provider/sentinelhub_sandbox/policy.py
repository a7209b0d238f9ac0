"""Policies of buckets, roles and users: may this be done? [AWS: policy evaluation logic]."""

from __future__ import annotations

import fnmatch
import json
import re
from collections.abc import Mapping
from enum import Enum
from typing import Any


class Decision(Enum):
    """Outcome of an evaluation; without an allowing statement it is DEFAULT, that is: no."""

    ALLOW = "allow"
    DENY = "deny"
    DEFAULT = "default"


# The request as the service makes it. Loopback stands in for TLS.
CONTEXT = {"aws:securetransport": "true", "aws:principalaccount": "614251495211"}


def decide(
    policy: Any,
    principal: str | None,
    action: str,
    resource: str | None,
    context: Mapping[str, str] | None = None,
) -> Decision:
    """Evaluate a policy document; an explicit Deny wins over any Allow.

    Args:
        policy: the parsed document.
        principal: ARN of the caller, e.g. ``arn:aws:iam::614251495211:root``; ``None`` for a policy of the
            caller's own, which names no principal.
        action: e.g. ``s3:PutObject``.
        resource: ARN of the object or bucket; ``None`` for a role's trust policy, which names no resource.
        context: further or other condition keys, in lower case.
    """
    outcome = Decision.DEFAULT
    context = {**CONTEXT, **({"aws:principalarn": principal} if principal else {}), **(context or {})}
    for statement in _many(policy.get("Statement", [])):
        if not _applies(statement, principal, action, resource, context):
            continue
        if statement.get("Effect") == "Deny":
            return Decision.DENY
        outcome = Decision.ALLOW
    return outcome


def malformed(text: str, bucket: str) -> str | None:
    """Why S3 would refuse a policy document for a bucket; ``None`` when it is well-formed."""
    try:
        policy = json.loads(text)
    except ValueError:
        return "This policy contains invalid Json"
    if not isinstance(policy, dict):
        return "Policies must be valid JSON and the first byte must be '{'"
    statements = _many(policy.get("Statement"))
    if not statements:
        return "Missing required field Statement"
    for statement in statements:
        if not isinstance(statement, dict) or statement.get("Effect") not in {"Allow", "Deny"}:
            return "Invalid effect"
        if not ({"Principal", "NotPrincipal"} & statement.keys()):
            return "Missing required field Principal"
        if not ({"Action", "NotAction"} & statement.keys()):
            return "Missing required field Action"
        resources = _many(statement.get("Resource", statement.get("NotResource")))
        if not resources:
            return "Missing required field Resource"
        pattern = re.compile(rf"arn:aws[a-z-]*:s3:::({re.escape(bucket)}|\*)(/.*|\*)?$")
        if not all(isinstance(resource, str) and pattern.match(resource) for resource in resources):
            return "Policy has invalid resource"
    return None


def _applies(
    statement: Any, principal: str | None, action: str, resource: str | None, context: Mapping[str, str]
) -> bool:
    return (
        (principal is None or _named(statement, "Principal", lambda value: _is_principal(value, principal)))
        and _named(statement, "Action", lambda value: _like(value.lower(), action.lower()))
        and (resource is None or _named(statement, "Resource", lambda value: _like(value, resource)))
        and all(
            _condition(operator, keys, context) for operator, keys in statement.get("Condition", {}).items()
        )
    )


def _named(statement: Any, name: str, test: Any) -> bool:
    """An element and its ``Not`` form: any value must pass, or none."""
    if name in statement:
        return any(test(value) for value in _principals(statement[name]))
    if f"Not{name}" in statement:
        return not any(test(value) for value in _principals(statement[f"Not{name}"]))
    return False


def _principals(value: Any) -> list[str]:
    if isinstance(value, dict):
        return [str(member) for member in _many(value.get("AWS", []))]
    return [str(member) for member in _many(value)]


def _is_principal(value: str, principal: str) -> bool:
    account = principal.split(":")[4]
    return value in {"*", principal, account, f"arn:aws:iam::{account}:root"}


def _like(pattern: str, text: str) -> bool:
    return fnmatch.fnmatchcase(text, pattern.replace("[", "[[]"))


def _condition(operator: str, keys: dict[str, Any], context: Mapping[str, str]) -> bool:
    name = operator.lower()
    optional = name.endswith("ifexists")
    name = name[: -len("ifexists")] if optional else name
    for key, wanted in keys.items():
        actual = context.get(key.lower())
        values = [str(value) for value in _many(wanted)]
        if name == "null":
            holds = (actual is None) == (values[0].lower() == "true")
        elif actual is None:
            # Negated operators hold for a missing key, others do not.
            holds = optional or "not" in name
        else:
            holds = _compare(name, actual, values)
        if not holds:
            return False
    return True


def _compare(name: str, actual: str, values: list[str]) -> bool:
    if name == "bool" or name.endswith("equalsignorecase"):
        found = actual.lower() in {value.lower() for value in values}
    elif "like" in name:
        found = any(_like(value, actual) for value in values)
    else:
        found = actual in values
    return not found if "not" in name else found


def _many(value: Any) -> list[Any]:
    if value is None:
        return []
    return value if isinstance(value, list) else [value]
