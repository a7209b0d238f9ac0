"""Buckets and paths.

Source: [batch OpenAPI: BatchProcessOutput, BatchZarrParameters; S3 docs: bucket naming rules].
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from ...s3.names import LEFT_OVER, bucket_mistake
from ...shown import fit
from .node import SHOWN, Node, quoted
from .problem import Problem

PLACEHOLDER = re.compile(r"<([^<>]*)>")


def check_url(path: Node, example: str, *, bare: bool = False) -> Iterator[Problem]:
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
    if bare and bucket_mistake(text.partition("/")[0]) is None:
        yield path.warning("has no scheme", f"the API's reference asks for s3://{fit(text, SHOWN)}")
        return
    if not text.startswith("s3://"):
        scheme = re.match(r"[A-Za-z][A-Za-z0-9+.-]*://", text)
        if scheme:
            yield path.error(
                f"is {path.kind}", f"results go to S3; write s3://{fit(text[scheme.end() :], SHOWN)}"
            )
        elif LEFT_OVER.search(text.partition("/")[0]) and "<" in text.partition("/")[0]:
            yield path.error(
                f"still holds the placeholder {quoted(text)}", f"write your bucket, e.g. {example}"
            )
        else:
            yield path.error(
                f"is {path.kind}, which has no scheme", f"write s3://{fit(text.lstrip('/'), SHOWN)}"
            )
        return
    bucket = text[5:].partition("/")[0]
    mistake = bucket_mistake(bucket)
    if mistake is not None:
        yield path.error("names the bucket wrongly: it " + mistake[0], mistake[1])


def placeholders(text: str) -> list[str]:
    """Names between angle brackets, in their order."""
    return PLACEHOLDER.findall(text)
