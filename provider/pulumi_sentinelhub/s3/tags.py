"""Tags of a bucket: the one that says whose it is, the user's, and other people's. Pure."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Collection, Iterator, Mapping
from typing import Any

#: Holds the declaration that made the bucket. Without it nothing is emptied, deleted or reconfigured.
OWNER_TAG = "pulumi-sentinelhub:declaration"

# [S3 user guide: tags] at most 50 a bucket; one of them is ours.
MAX_TAGS = 49
MAX_KEY = 128
MAX_VALUE = 256
_FORBIDDEN = re.compile(r"[^\w\s+\-=.:/@]")
_SHORTENED = 150


def owner_value(declaration: str) -> str:
    """The tag's value for a declaration: itself, or what S3 allows of it and a hash to keep it distinct."""
    if declaration and len(declaration) <= MAX_VALUE and not _FORBIDDEN.search(declaration):
        return declaration
    digest = hashlib.sha256(declaration.encode()).hexdigest()
    return f"{_FORBIDDEN.sub('_', declaration)[:_SHORTENED]}@{digest}"


def merge_tags(
    existing: Mapping[str, str], wanted: Mapping[str, str], removed: Collection[str], declaration: str
) -> dict[str, str]:
    """All tags that the bucket must have.

    Args:
        existing: those it has. Tags that we did not set are kept.
        wanted: the user's.
        removed: keys that the user declared earlier; those no longer wanted go.
        declaration: whose bucket it is.
    """
    kept = {key: value for key, value in existing.items() if key not in removed}
    return {**kept, **wanted, OWNER_TAG: owner_value(declaration)}


def tag_problems(tags: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """Key and complaint for each tag that S3 would refuse; the key is empty for all of them together."""
    if len(tags) > MAX_TAGS:
        yield "", f"{len(tags)} tags are too many; declare at most {MAX_TAGS}"
    for key, value in tags.items():
        if not key or len(key) > MAX_KEY or _FORBIDDEN.search(key):
            yield key, f"a key must have 1 to {MAX_KEY} letters, digits, spaces or + - = . _ : / @; rename it"
        elif key.lower().startswith("aws:"):
            yield key, "keys that start with aws: are AWS's own; rename it"
        elif key == OWNER_TAG:
            yield key, "this key is how the bucket's owner is recognised; remove it"
        if not isinstance(value, str):
            yield key, f"a value must be a string, not {value!r}; put it in quotes"
        elif len(value) > MAX_VALUE or _FORBIDDEN.search(value):
            yield (
                key,
                f"a value has up to {MAX_VALUE} letters, digits, spaces or + - = . _ : / @; change it",
            )
