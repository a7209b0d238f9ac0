"""What a request reads and writes to compute a tile, as far as it decides the price."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from ..evalscript import InputSpec, Setup
from ..values import number_text as shown
from .checks.common.datasets import dataset_of
from .checks.common.declared import Declared
from .checks.common.node import Node
from .checks.common.time_range import parse_moment
from .price import FLOAT_BITS, Source, tile_price

DAYS_A_SAMPLE: Final = 3.0
"""The service's own assumption for ORBIT and TILE mosaicking [batch docs: Cost estimate]."""
ORTHORECTIFY_FACTOR: Final = 2.0
TERRAIN_FACTOR: Final = 2.5
"""Radiometric terrain correction; includes orthorectification."""
SPECKLE_FACTOR: Final = 2.0


@dataclass(frozen=True)
class Recipe:
    """What every tile of a request is computed from, whatever its size.

    Attributes:
        sources: what is read, one for each input of the evalscript.
        collections: number of collections in the request.
        bits: of an output pixel: 16, which stands for 8, too, or 32.
    """

    sources: tuple[Source, ...]
    collections: int
    bits: int

    def tile_price(self, width_px: int, height_px: int) -> float:
        """PU of a tile of this many pixels, buffers included, before any batch discount."""
        return tile_price(width_px, height_px, self.sources, collections=self.collections, bits=self.bits)

    @property
    def dates(self) -> float | None:
        """The number of dates, an assumption; None where one sample is read, which is none."""
        most = max((source.samples for source in self.sources), default=1.0)
        return most if most > 1 else None

    def __str__(self) -> str:
        bands = sum(source.bands for source in self.sources)
        words = [f"{bands} input band{'' if bands == 1 else 's'}"]
        if self.dates is not None:
            words.append(f"{shown(round(self.dates, 1))} dates, one every {DAYS_A_SAMPLE:.0f} days")
        if self.collections > 1:
            words.append(f"{self.collections} collections")
        words.append(f"{'32' if self.bits == FLOAT_BITS else '8 or 16'}-bit output")
        return ", ".join(words)


def recipe_of(declared: Declared, setup: Setup) -> Recipe | None:
    """The recipe of a request; None when something that is needed is unknown or wrong."""
    elements = declared.data.elements()
    if not elements or declared.data.partly_unknown:
        return None
    sources: list[Source] = []
    for index, spec in enumerate(setup.inputs):
        element = _element_of(spec, index, elements)
        samples = _samples(spec, element)
        if samples is None:
            return None
        bands = sum(band != "dataMask" for band in spec.bands) or (1 if len(setup.inputs) == 1 else 0)
        sources.append(Source(bands, samples, _processing(element)))
    # All collections count alike: batch reads those of its own deployment only.
    return Recipe(tuple(sources), len(elements), FLOAT_BITS if _writes_floats(declared, setup) else 16)


def _element_of(spec: InputSpec, index: int, elements: list[Node]) -> Node:
    for element in elements:
        if spec.datasource is not None and element["id"].text == spec.datasource:
            return element
    return elements[min(index, len(elements) - 1)]


def _samples(spec: InputSpec, element: Node) -> float | None:
    if spec.mosaicking == "SIMPLE":
        return 1.0
    dates = element["dataFilter"]["timeRange"]
    first, last = parse_moment(dates["from"].text), parse_moment(dates["to"].text)
    if first is None or last is None or last < first:
        return None
    return max(1.0, (last - first).total_seconds() / 86400 / DAYS_A_SAMPLE)


def _processing(element: Node) -> float:
    """Factor of Sentinel-1 processing."""
    dataset = dataset_of(element["type"].text)
    if dataset is None or dataset.type != "sentinel-1-grd":
        return 1.0
    processing = element["processing"]
    factor = 1.0
    if processing["backCoeff"].text == "GAMMA0_TERRAIN":
        factor = TERRAIN_FACTOR
    elif processing["orthorectify"].flag:
        factor = ORTHORECTIFY_FACTOR
    filtered = processing["speckleFilter"]["type"].text not in {None, "NONE"}
    return factor * (SPECKLE_FACTOR if filtered else 1.0)


def _writes_floats(declared: Declared, setup: Setup) -> bool:
    ids = declared.response_ids or setup.output_ids
    return any(output.sample_type == "FLOAT32" for output in setup.outputs if output.id in ids)
