"""URLs of results, and the placeholders in them.

Source: [batch OpenAPI: BatchProcessOutput, BatchZarrParameters].
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from ....finding import Finding
from ....s3.names import PLACEHOLDER, SCHEME, bucket_mistake, is_left_over, parts_of
from ....shown import fit
from .node import SHOWN, Node, quoted

_SCHEME = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*://")


def check_url(path: Node, example: str, *, bare: bool = False) -> Iterator[Finding]:
    """An S3 URL with a bucket in it.

    Args:
        path: the value.
        example: shown where it is wrong.
        bare: whether the scheme may be missing: the documentation's own Zarr example has none.
    """
    text = path.text
    if not text:
        yield path.error(f"is {path.kind}", f"give an S3 URL, e.g. {example}")
        return
    parts = parts_of(text)
    if parts is None:
        yield _without_scheme(path, text, example, bare=bare)
        return
    mistake = bucket_mistake(parts[0])
    if mistake is not None:
        yield path.error(f"names the bucket wrongly: it {mistake.reason}", mistake.fix)


def _without_scheme(path: Node, text: str, example: str, *, bare: bool) -> Finding:
    bucket = text.partition("/")[0]
    if bare and bucket_mistake(bucket) is None:
        return path.warning("has no scheme", f"the API's reference asks for {SCHEME}{fit(text, SHOWN)}")
    other = _SCHEME.match(text)
    if other:
        rest = fit(text[other.end() :], SHOWN)
        return path.error(f"is {path.kind}", f"results go to S3; write {SCHEME}{rest}")
    if is_left_over(bucket):
        return path.error(f"still holds the placeholder {quoted(text)}", f"write your bucket, e.g. {example}")
    rest = fit(text.lstrip("/"), SHOWN)
    return path.error(f"is {path.kind}, which has no scheme", f"write {SCHEME}{rest}")


def placeholders(text: str) -> list[str]:
    """Names between angle brackets, in their order."""
    return PLACEHOLDER.findall(text)
