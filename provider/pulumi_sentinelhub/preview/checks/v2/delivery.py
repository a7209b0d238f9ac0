"""Where batch v2 writes: one URL for all results.

Source: [addendum on v2: files in the bucket; from v1-like inputs].
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from ....finding import Finding
from ....s3.names import SCHEME
from ....shown import listed
from ..common.declared import Declared
from ..common.file_path import EXAMPLE
from ..common.node import Node

_ALLOWED: Final = re.compile(r"[A-Za-z0-9<>/\-_.(): ]")
_IN_WORDS: Final = "letters (a to z), digits, < > / - _ . ( ) : and blanks"


def check_delivery(declared: Declared) -> Iterator[Finding]:
    """Characters of the URLs that results go to."""
    for path in (declared.dialect.file_path(declared.root), declared.dialect.zarr_path(declared.root)):
        yield from _characters(path)


def _characters(path: Node) -> Iterator[Finding]:
    key = (path.text or "").removeprefix(SCHEME).partition("/")[2]
    others = sorted({character for character in key if not _ALLOWED.fullmatch(character)})
    if others:
        yield path.error(f"has characters that v2 does not take: {listed(others)}", f"it takes {_IN_WORDS}")


def check_own_paths(declared: Declared) -> Iterator[Finding]:
    """Paths of single outputs have no counterpart."""
    responses = declared.files["responses"]
    if responses.given:
        yield responses.error(
            "gives single outputs paths of their own, which v2 does not have",
            f"give one path for all in defaultTilePath, with <outputId>, e.g. {EXAMPLE}",
        )
