"""Size or resolution of features that have none.

Source: [addendum on v2: editions of the contract].
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from ....finding import Finding
from .node import Node

MOST_PIXELS: Final = 3500
"""Width and height of a feature's result, in pixels."""
_SIZES: Final = ("width", "height")


def check_defaults(defaults: Node) -> Iterator[Finding]:
    """Width and height, or resolution, of features that have none."""
    if not defaults.is_mapping:
        return
    resolution = defaults["resolution"]
    sizes = [defaults[name] for name in _SIZES]
    for size in sizes:
        if size.given and not 1 <= (size.integer or 0) <= MOST_PIXELS:
            yield size.error(f"is {size.kind}", f"give a whole number of pixels from 1 to {MOST_PIXELS}")
    if resolution.given and not (resolution.number or 0) > 0:
        yield resolution.error(
            f"is {resolution.kind}", "give the size of a pixel in units of the features' CRS, above 0"
        )
    if not resolution.absent and any(not size.absent for size in sizes):
        yield resolution.error(
            "is given beside a size", "give width and height, or resolution: each follows from the other"
        )
    elif sum(size.absent for size in sizes) == 1:
        missing, there = sorted(sizes, key=lambda size: not size.absent)
        name = there.path.rpartition(".")[2]
        yield missing.warning(f"is missing beside {name}", "features that have neither need both")
