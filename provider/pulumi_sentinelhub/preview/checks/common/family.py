"""Where results go: exactly one of three ways.

Source: [batch OpenAPI: BatchProcessRequest, BatchProcessOutput]. The declared inputs are the same for every
generation.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from ....finding import Finding, conflict, none_given
from ....s3.names import bucket_mistake
from .declared import Declared
from .node import Node

FAMILIES: Final = ("bucket_name", "output", "zarr_output")


def check_family(declared: Declared) -> Iterator[Finding]:
    """Exactly one of the three, and the bucket's name."""
    given = [name for name in FAMILIES if not declared.root[name].absent]
    if len(given) > 1:
        yield conflict(given, FAMILIES)
    if not given and not declared.adopting:
        yield none_given(FAMILIES, told_of="output", example="bucket_name")
    yield from _bucket(declared.root["bucket_name"])


def _bucket(bucket: Node) -> Iterator[Finding]:
    if not bucket.given:
        return
    if not bucket.text:
        yield bucket.error(f"is {bucket.kind}", "give the name of a bucket")
        return
    mistake = bucket_mistake(bucket.text, path_goes="output.defaultTilePath")
    if mistake is not None:
        yield bucket.error(mistake.reason, mistake.fix)
