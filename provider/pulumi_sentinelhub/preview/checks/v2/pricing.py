"""What batch v2 makes of a price in processing units (PU)."""

from __future__ import annotations

from typing import Final

# Tiles of more than so many pixels cost a third; v1 says "at least" [addendum on v2: cost].
BATCH_FACTOR: Final = 1 / 3
BATCH_FACTOR_PIXELS: Final = 10_000


def batch_factor(width_px: int, height_px: int) -> float:
    """The factor on the price of a tile of so many pixels."""
    return BATCH_FACTOR if width_px * height_px > BATCH_FACTOR_PIXELS else 1.0
