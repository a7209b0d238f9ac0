"""What preview knows of one generation of the batch API."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from ...finding import Finding
from ..price import BatchFactor
from .common.declared import Declared
from .common.dialect import Dialect

Check = Callable[[Declared], Iterator[Finding]]


@dataclass(frozen=True)
class Room:
    """One generation's room, to be found in ``rooms.ROOMS``.

    Attributes:
        dialect: where it keeps what the shared checks read, and what it calls it.
        checks: all of them, in the order in which people would read their findings.
        batch_factor: its rule for the discount on a tile.
    """

    dialect: Dialect
    checks: tuple[Check, ...]
    batch_factor: BatchFactor
