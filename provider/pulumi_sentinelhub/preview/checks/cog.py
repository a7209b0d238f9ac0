"""Cloud-optimised GeoTIFFs and collections made of them.

Source: [batch OpenAPI: BatchProcessOutput, BatchCogParameters].
"""

from __future__ import annotations

from collections.abc import Iterator

from .datasets import UUID, own_collection
from .declared import Declared
from .node import Node, joined, quoted
from .problem import Problem
from .responses import TIFF

_RESAMPLING = ("nearest", "average", "gauss", "cubic", "cubicspline", "lanczos", "average_magphase", "mode")


def check_cog(declared: Declared) -> Iterator[Problem]:
    """``cogOutput`` and ``cogParameters``."""
    output = declared.root["output"]
    parameters = output["cogParameters"]
    if output["cogOutput"].flag:
        yield from _cog_formats(declared)
        yield from _cog_sample_types(declared)
    elif parameters.given and not output["cogOutput"].unknown:
        yield parameters.warning("has no effect", "set cogOutput to true to write COGs")
    yield from _parameters(parameters)


def _cog_formats(declared: Declared) -> Iterator[Problem]:
    for response in declared.responses.elements():
        kind = response["format"]["type"]
        if kind.text is not None and kind.text != TIFF:
            yield kind.error(
                f"is {quoted(kind.text)}, while cogOutput is set",
                f"a COG is a TIFF: use {TIFF}, or unset cogOutput",
            )


def _cog_sample_types(declared: Declared) -> Iterator[Problem]:
    for output in declared.setup.outputs if declared.setup else ():
        if output.sample_type == "INT8":
            yield declared.process["evalscript"].error(
                f"writes output {quoted(output.id)} as INT8, while output.cogOutput is set",
                "use INT16, or unset cogOutput",
            )


def _parameters(parameters: Node) -> Iterator[Problem]:
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


def check_collection(declared: Declared) -> Iterator[Problem]:
    """``createCollection`` and ``collectionId``."""
    output = declared.root["output"]
    create, into = output["createCollection"], output["collectionId"]
    yield from _collection_id(into)
    if create.flag and not into.absent:
        yield into.error(
            "is given beside createCollection", "write into one that exists, or make one: not both"
        )
    wanted = create if create.flag else into if not into.absent else None
    if wanted is None:
        return
    if not output["cogOutput"].flag and not output["cogOutput"].unknown:
        yield output["cogOutput"].error(
            "is not set, but a collection is made of COGs", "set cogOutput to true"
        )
    parameters = output["cogParameters"]
    for name, member in parameters.members().items():
        if name != "resamplingAlgorithm" and not member.absent:
            yield member.error("is not for collections", "only resamplingAlgorithm can be chosen for them")
    yield from _outputs(declared, wanted)
    if create.flag and declared.root["description"].absent and not declared.adopting:
        yield declared.root["description"].warning(
            "is missing, and the new collection is named after it",
            "give the collection's name as description",
        )


def _collection_id(into: Node) -> Iterator[Problem]:
    if not into.given:
        return
    own = own_collection(into.text) if into.text else None
    if own and UUID.fullmatch(own[1]):
        yield into.error(f"is {into.kind}", f"give the id alone: {own[1]}")
    elif not into.text or not UUID.fullmatch(into.text):
        yield into.error(f"is {into.kind}", "give the id of a batch collection, a UUID")


def _outputs(declared: Declared, wanted: Node) -> Iterator[Problem]:
    setup = declared.setup
    if setup is None:
        return
    script = declared.process["evalscript"]
    for output in setup.outputs:
        if output.bands > 1:
            yield script.error(
                f"output {quoted(output.id)} has {output.bands} bands, but a collection holds single-band "
                "files",
                "return each band as an output of its own, and give each a response",
            )
        if output.sample_type == "AUTO":
            yield script.warning(
                f"writes output {quoted(output.id)} with sampleType AUTO: 0..1 is stored as 0..255, and who "
                "reads the collection gets 0..255",
                "use FLOAT32 to get out exactly what the evalscript returns",
            )
    if setup.updates_output:
        yield wanted.warning(
            "needs single-band outputs, and updateOutput() may change that",
            "keep each output at one band",
        )
