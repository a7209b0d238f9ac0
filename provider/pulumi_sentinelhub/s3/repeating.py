"""Repeating an S3 call that failed in passing, within the operation's patience."""

from __future__ import annotations

from collections.abc import Callable, Collection
from typing import TypeVar

from ..errors import BucketError
from ..waiting.patience import Patience
from ..waiting.retries import Again, keep_trying

T = TypeVar("T")


def repeated(
    patience: Patience, attempt: Callable[[], T], passing: Collection[str], what: str, bucket: str
) -> T:
    """Call ``attempt``, again while it raises a BucketError whose code is in ``passing``.

    Args:
        patience: the operation's.
        attempt: one attempt.
        passing: codes of failures that may pass.
        what: what is tried, as an infinitive: ``"delete bucket"``.
        bucket: its name.

    Raises:
        BucketError: the last one, when the attempts are used up.
        Interrupted, DeadlineExceeded: before an attempt, or where the next wait would be too long.
    """

    def once() -> T:
        try:
            return attempt()
        except BucketError as error:
            if error.code not in passing:
                raise
            raise Again(error, "store") from None

    return keep_trying(patience, once, what, bucket)
