"""The price of one tile in processing units (PU): what every generation of the batch API has in common.

Source: [docs: Processing unit definition]. The discount of batch processing is each generation's own; it is
handed in as a ``BatchFactor``.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

UNIT_PIXELS: Final = 512 * 512
"""Pixels of one PU."""
UNIT_BANDS: Final = 3
"""Input bands of one PU; ``dataMask`` is free unless it is the only one."""
LEAST_AREA: Final = 0.01
"""PU of a tile's area, at least."""
FLOAT_FACTOR: Final = 2.0
"""For 32 bits a pixel."""
FLOAT_BITS: Final = 32
LEAST_COST: Final = 100.0
"""PU that are charged for a batch request, at least."""
_TINY: Final = 0.001

BatchFactor = Callable[[int, int], float]
"""From a tile's width and height in pixels to the factor on its price, 1 or less."""


@dataclass(frozen=True)
class Source:
    """What is read of one collection.

    Attributes:
        bands: number of input bands that are paid.
        samples: number of dates.
        processing: factor of Sentinel-1 processing, 1 for none.
    """

    bands: int
    samples: float = 1.0
    processing: float = 1.0


def tile_price(
    width_px: int, height_px: int, sources: Sequence[Source], *, collections: int = 1, bits: int = 16
) -> float:
    """The price of a tile before any batch discount.

    Args:
        width_px: width of the tile with its buffers, in pixels.
        height_px: its height, in pixels.
        sources: what is read to compute it.
        collections: number of collections in the request; data fusion multiplies by it.
        bits: of an output pixel: 8, 16 or 32.

    Returns:
        PU.
    """
    area = max(LEAST_AREA, width_px * height_px / UNIT_PIXELS)
    reading = sum(source.bands / UNIT_BANDS * source.samples * source.processing for source in sources)
    return area * reading * collections * (FLOAT_FACTOR if bits >= FLOAT_BITS else 1.0)


def pu(value: float) -> str:
    """``0.142 PU``, ``12.3 PU``, ``1,234 PU``: with as many digits as mean something."""
    if 0 < value < _TINY:
        return f"under {_TINY} PU"
    return f"{value:.3g} PU" if value < LEAST_COST else f"{value:,.0f} PU"


def charged(cost: float) -> float:
    """PU that are charged for one request of this price; what is no number stays none."""
    return max(cost, LEAST_COST)  # in this order, which keeps NaN


def charge_text(costs: Sequence[float]) -> str:
    """``, charged as 100 PU, the least``: of requests of these prices, where more than these is charged."""
    if all(cost >= LEAST_COST for cost in costs):
        return ""
    if len(costs) == 1:
        return f", charged as {pu(LEAST_COST)}, the least"
    return f", charged as {pu(sum(map(charged, costs)))}, at least {pu(LEAST_COST)} each"
