"""Paths of single outputs, which only batch v1 has.

Source: [batch OpenAPI: BatchProcessOutput].
"""

from __future__ import annotations

from collections.abc import Iterator

from ....finding import Finding
from ....shown import listed
from ..common.declared import Declared
from ..common.file_path import EXAMPLE
from ..common.paths import check_url


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
