"""Cloud-optimised GeoTIFFs.

Source: [batch OpenAPI: BatchProcessOutput, BatchCogParameters].
"""

from __future__ import annotations

from collections.abc import Iterator

from ....finding import Finding
from .declared import Declared
from .node import Node, joined, quoted
from .responses import TIFF

_RESAMPLING = ("nearest", "average", "gauss", "cubic", "cubicspline", "lanczos", "average_magphase", "mode")


def check_cog(declared: Declared) -> Iterator[Finding]:
    """``cogOutput`` and ``cogParameters``."""
    output = declared.files
    parameters = output["cogParameters"]
    if output["cogOutput"].flag:
        yield from _cog_formats(declared)
        yield from _cog_sample_types(declared)
    elif parameters.given and not output["cogOutput"].unknown:
        yield parameters.warning("has no effect", "set cogOutput to true to write COGs")
    yield from _parameters(parameters)


def _cog_formats(declared: Declared) -> Iterator[Finding]:
    for response in declared.responses.elements():
        kind = response["format"]["type"]
        if kind.text is not None and kind.text != TIFF:
            yield kind.error(
                f"is {quoted(kind.text)}, while cogOutput is set",
                f"a COG is a TIFF: use {TIFF}, or unset cogOutput",
            )


def _cog_sample_types(declared: Declared) -> Iterator[Finding]:
    for output in declared.setup.outputs if declared.setup else ():
        if output.sample_type == "INT8":
            yield declared.process["evalscript"].error(
                f"writes output {quoted(output.id)} as INT8, while output.cogOutput is set",
                "use INT16, or unset cogOutput",
            )


def _parameters(parameters: Node) -> Iterator[Finding]:
    if not parameters.is_mapping:
        return
    algorithm = parameters["resamplingAlgorithm"]
    if algorithm.given and algorithm.text not in _RESAMPLING:
        yield algorithm.error(f"is {algorithm.kind}", f"use one of {joined(_RESAMPLING)}")
    for name in ("blockxsize", "blockysize"):
        size = parameters[name]
        if size.given and (size.integer is None or size.integer <= 0 or size.integer % 16):
            yield size.error(f"is {size.kind}", "give a multiple of 16 pixels, as TIFF demands")
    least = parameters["overviewMinSize"]
    if least.given and (least.integer is None or least.integer <= 0):
        yield least.error(f"is {least.kind}", "give a whole number of pixels above 0")
    levels = parameters["overviewLevels"]
    if levels.given and not levels.is_list:
        yield levels.error(f"is {levels.kind}", "give a list of whole numbers, e.g. [2, 4, 8]")
    for level in levels.elements():
        if not level.unknown and (level.integer is None or level.integer < 2):
            yield level.error(f"is {level.kind}", "give a whole number from 2")
