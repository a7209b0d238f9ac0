"""Where results go in batch v1: exactly one of three ways.

Source: [batch OpenAPI: BatchProcessRequest, BatchProcessOutput].
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from ....finding import Finding, conflict, none_given
from ....s3.names import bucket_mistake
from ....shown import listed
from ..common.declared import Declared
from ..common.file_path import EXAMPLE
from ..common.node import Node
from ..common.paths import check_url

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


def check_own_paths(declared: Declared) -> Iterator[Finding]:
    """Paths of single outputs; no longer in the API's schema, but clients still offer them."""
    for response in declared.files["responses"].elements():
        identifier, path = response["identifier"], response["tilePath"]
        ids = declared.response_ids
        if identifier.text and ids is not None and identifier.text not in declared.written:
            yield identifier.error(
                f"is {identifier.kind}, which no response has", f"use one of {listed(ids)}"
            )
        if path.given:
            yield from check_url(path, EXAMPLE)
