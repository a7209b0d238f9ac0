"""What must be there, of which kind, and names that are probably misspelt."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from types import MappingProxyType
from typing import Final

from ....finding import Finding
from .declared import Declared
from .node import Node, closest, joined

# Members of the API's objects, by their paths or to be put at one. [batch OpenAPI]
PROCESS: Final[Mapping[str, str]] = MappingProxyType(
    {
        "process_request": "input output evalscript",
        "process_request.input": "bounds data",
        "process_request.input.bounds": "bbox geometry properties",
        "process_request.input.bounds.properties": "crs",
    }
)
GRID: Final = "id resolution bufferX bufferY"
COG: Final = "overviewLevels overviewMinSize resamplingAlgorithm blockxsize blockysize usePredictor"
ZARR_GROUP: Final = "zarr_format coordinates customAttributes"
ZARR_COORDINATES: Final = "origin"
ZARR_ARRAY: Final = "dtype chunks order fill_value compressor"
_DATA = "type id dataFilter processing"
_FILTER = (
    "timeRange mosaickingOrder maxCloudCoverage previewMode tiers demInstance resolution acquisitionMode "
    "polarization orbitDirection timeliness constellation"
)
_TIME = "from to"
_PROCESSING = (
    "upsampling downsampling harmonizeValues clampNegative egm speckleFilter backCoeff orthorectify "
    "demInstance radiometricTerrainOversampling view minQa"
)
#: The sizes are refused with a message of their own.
_PROCESS_OUTPUT = "responses width height resx resy"


def check_members(declared: Declared, members: Mapping[str, str]) -> Iterator[Finding]:
    """Kinds of the objects down to the collections; members that the service does not know are warned about.

    Args:
        declared: the inputs.
        members: names of an object's members, by its path.
    """
    for path, names in members.items():
        yield from _object(_at(declared.root, path), names)
    for element in declared.data.elements():
        yield from _object(element, _DATA)
        yield from _object(element["dataFilter"], _FILTER)
        yield from _object(element["dataFilter"]["timeRange"], _TIME)
        yield from _object(element["processing"], _PROCESSING)
    output = declared.process["output"]
    if output.is_mapping:
        yield from _object(output, _PROCESS_OUTPUT)
    for response in declared.responses.elements():
        if response.is_mapping:
            yield from _object(response, "identifier format logo")
            yield from _object(response["format"], "type")
    description = declared.root["description"]
    if description.given and description.text is None:
        yield description.error(f"is {description.kind}", "give a text")


def missing_in_process(process: Node, *, bounds: bool = True) -> Iterator[Finding]:
    """The first absent object on each way, so that one omission is one message.

    Args:
        process: the Process API part.
        bounds: whether it has to name an area.
    """
    if process.absent:
        yield process.error("is missing", "give the input, output and evalscript of a Process API request")
    elif process.is_mapping:
        yield from _missing_in_input(process["input"], bounds=bounds)
        script = process["evalscript"]
        if script.absent:
            yield script.error("is missing", "give the evalscript's text, or its path in evalscript=")


def missing_in_grid(grid: Node) -> Iterator[Finding]:
    """The same for a tiling grid."""
    if grid.absent:
        yield grid.error("is missing", 'choose one, e.g. {"id": 0, "resolution": 60.0}')
    elif grid.is_mapping:
        if grid["id"].absent:
            yield grid["id"].error("is missing", "give the id of a tiling grid, e.g. 0 for tiles of 20 km")
        if grid["resolution"].absent:
            yield grid["resolution"].error("is missing", "give the size of a pixel in units of the grid")


def _missing_in_input(given: Node, *, bounds: bool) -> Iterator[Finding]:
    if given.absent:
        yield given.error("is missing", "give bounds and data" if bounds else "give data")
    elif given.is_mapping:
        if bounds and given["bounds"].absent:
            yield given["bounds"].error("is missing", "give a bbox or a geometry")
        if given["data"].absent:
            yield given["data"].error(
                "is missing", 'name a collection, e.g. [{"type": "sentinel-2-l2a", ...}]'
            )


def _at(root: Node, path: str) -> Node:
    for key in path.split("."):
        root = root[key]
    return root


def _object(node: Node, members: str) -> Iterator[Finding]:
    if not node.given:
        return
    if not node.is_mapping:
        yield node.error(f"is {node.kind}", "give an object")
        return
    known = members.split()
    for name, member in node.members().items():
        if name in known or member.absent:
            continue
        yield member.warning("is no member that the service knows", _suggestion(name, known))


def _suggestion(name: str, known: list[str]) -> str:
    folded = {candidate.lower().replace("_", ""): candidate for candidate in known}
    word = name.lower().replace("_", "")
    begun = [candidate for candidate in folded if len(word) > 1 and candidate.startswith(word)]
    close = begun[0] if len(begun) == 1 else closest(word, folded, cutoff=0.75)
    return f"did you mean {folded[close]}?" if close else f"it knows {joined(known)}"
