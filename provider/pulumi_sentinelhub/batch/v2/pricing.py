"""What batch processing v2 makes of a price in processing units (PU)."""

from __future__ import annotations

from typing import Final

# Tiles of more than so many pixels cost a third; v1: of at least so many [v2 reference, 6].
BATCH_FACTOR: Final = 1 / 3
BATCH_FACTOR_PIXELS: Final = 10_000


def batch_factor(width_px: int | None, height_px: int | None) -> float:
    """The factor on the price of a tile; the full price only where it is known to be small."""
    if width_px and height_px and width_px * height_px <= BATCH_FACTOR_PIXELS:
        return 1.0
    return BATCH_FACTOR
