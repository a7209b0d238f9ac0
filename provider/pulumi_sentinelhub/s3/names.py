"""Names of buckets: what S3 would say against one, with what to do; and names that are made up. Pure.

Source: [S3 user guide: bucket naming rules].
"""

from __future__ import annotations

import hashlib
import re
from typing import Final, NamedTuple

from ..shown import fit

SCHEME: Final = "s3://"
PLACEHOLDER: Final = re.compile(r"<([^<>]*)>")
"""A name between angle brackets, which somebody is to replace."""
SHORTEST: Final = 3
LONGEST: Final = 63

_NAME = re.compile(rf"[a-z0-9][a-z0-9.-]{{{SHORTEST - 2},{LONGEST - 2}}}[a-z0-9]")
_ADDRESS = re.compile(r"\d+\.\d+\.\d+\.\d+")
_LEFT_OVER = re.compile(r"my.?bucket", re.IGNORECASE)
# S3 gives such names itself, e.g. to access points, which can be written to; nobody can make a bucket of one.
_RESERVED_PREFIXES = ("xn--", "sthree-", "amzn-s3-demo-")
_RESERVED_SUFFIXES = ("-s3alias", "--ol-s3", ".mrap", "--x-s3", "--table-s3")
_SHOWN = 60
_HASH_DIGITS = 7
_FALLBACK = "sentinelhub"
_CHARACTERS = "lower-case letters, digits, dots and hyphens, with a letter or digit at both ends"
_FORM = f"{SHORTEST} to {LONGEST} {_CHARACTERS}"


class NameMistake(NamedTuple):
    """What is wrong with a bucket's name.

    Attributes:
        reason: a clause without subject, such as ``is no name of a bucket: "x"``; fit to be shown.
        fix: what to do.
    """

    reason: str
    fix: str


def bucket_mistake(name: str, *, path_goes: str = "") -> NameMistake | None:
    """Why ``name`` cannot be a bucket's name, and what to do; None if it can.

    Args:
        name: any text.
        path_goes: the input that a path within the bucket belongs in, where there is one.
    """
    if is_left_over(name):
        return NameMistake(f"still holds the placeholder {_quoted(name)}", "write the name of your bucket")
    parts = parts_of(name)
    if parts is not None:
        return NameMistake(f"is {_quoted(name)}", f"give the name alone: {_quoted(parts[0])}")
    if "/" in name:
        hint = f"; a path belongs in {path_goes}" if path_goes else ", without a path"
        return NameMistake(f"is {_quoted(name)}", f"give the bucket alone{hint}")
    if _ADDRESS.fullmatch(name):
        return NameMistake(f"is {_quoted(name)}, which S3 takes for an IP address", "use another name")
    if not _NAME.fullmatch(name) or ".." in name:
        return NameMistake(f"is no name of a bucket: {_quoted(name)}", _FORM)
    return None


def new_bucket_mistake(name: str) -> NameMistake | None:
    """The same for a bucket that is still to be made: S3 keeps some names for itself."""
    if name.startswith(_RESERVED_PREFIXES) or name.endswith(_RESERVED_SUFFIXES):
        reason = f"begins or ends with something that S3 keeps for itself: {_quoted(name)}"
        return NameMistake(reason, "use another name")
    return bucket_mistake(name)


def is_left_over(name: str) -> bool:
    """Whether it is an example's bucket, such as ``<MyBucket>``, that nobody has replaced."""
    return PLACEHOLDER.search(name) is not None and _LEFT_OVER.search(name) is not None


def parts_of(url: str) -> tuple[str, str] | None:
    """Bucket and key of ``s3://bucket/key``, both as they stand; None when it is no such URL."""
    if not url.startswith(SCHEME):
        return None
    bucket, _, key = url.removeprefix(SCHEME).partition("/")
    return bucket, key


def made_name(resource: str, key: str) -> str:
    """A bucket's name for a declaration, the same at every run: readable, and distinct by the key.

    Args:
        resource: the resource's name, of any form.
        key: key of the declaration.
    """
    words = re.sub(r"[^a-z0-9]+", "-", resource.lower()).strip("-")
    words = words[: LONGEST - _HASH_DIGITS - 1].strip("-") or _FALLBACK
    name = words + _ending(key)
    return name if new_bucket_mistake(name) is None else _FALLBACK + _ending(key)


def is_made_name(name: str, key: str) -> bool:
    """Whether ``name`` was made for the declaration of this key, whatever its resource was called then."""
    return name.endswith(_ending(key))


def _ending(key: str) -> str:
    return f"-{hashlib.sha256(key.encode()).hexdigest()[:_HASH_DIGITS]}"


def _quoted(name: str) -> str:
    return f'"{fit(name, _SHOWN)}"'
