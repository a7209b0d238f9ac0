"""Collections of batch v2 are BYOC collections.

Source: [addendum on v2: from v1-like inputs].
"""

from __future__ import annotations

from collections.abc import Iterator

from ....finding import Finding
from ..common.datasets import UUID
from ..common.declared import Declared


def check_generation(declared: Declared) -> Iterator[Finding]:
    """An id does not tell whether it is that of a batch collection of v1, which v2 does not know."""
    into = declared.files["collectionId"]
    if into.text and UUID.fullmatch(into.text):
        yield into.warning(
            "has to be the id of a BYOC collection: that of a batch collection of v1 is not valid here, and "
            "looks the same",
            "nothing needs to be done if it is one; otherwise make one, or set createCollection",
        )
