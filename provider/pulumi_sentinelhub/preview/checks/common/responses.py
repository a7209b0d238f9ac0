"""The responses against the evalscript's outputs.

Source: [batch OpenAPI: ProcessRequestOutputForBatch].
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from ....finding import Finding
from ....shown import listed
from .declared import USERDATA, Declared, response_id
from .node import Node, quoted

TIFF, JSON, ZARR = "image/tiff", "application/json", "zarr/array"
_SIZES = ("width", "height", "resx", "resy")


def check_responses(declared: Declared) -> Iterator[Finding]:
    """Identifiers, formats, and outputs that nothing is made of."""
    output = declared.process["output"]
    for name in _SIZES:
        if output[name].given:
            fix = f"leave it out; {declared.dialect.grid_name} sets the size"
            yield output[name].error("is not for batch requests", fix)
    if output.unknown or declared.responses.unknown:
        return
    if output.given and not output.is_mapping:
        yield output.error(f"is {output.kind}", 'give {"responses": [...]}')
        return
    responses = declared.responses
    if responses.given and not responses.is_list:
        yield responses.error(f"is {responses.kind}", "give a list of responses")
        return
    if not responses.elements():
        yield from _none_given(declared)
        return
    for response in responses.elements():
        yield from _response(declared, response)
    yield from _identifiers(declared)


def _none_given(declared: Declared) -> Iterator[Finding]:
    if declared.setup is None or (declared.adopting and declared.process.absent):
        return
    ids, missing = declared.setup.output_ids, "is empty" if declared.responses.given else "is missing"
    if len(ids) > 1:
        yield declared.responses.error(
            f"{missing}, while the evalscript has {len(ids)} outputs",
            f"give one response for each of {listed(ids)}",
        )
    else:
        yield declared.responses.warning(
            missing, f'give [{{"identifier": {quoted(ids[0])}, "format": {{"type": "image/tiff"}}}}]'
        )


def _response(declared: Declared, response: Node) -> Iterator[Finding]:
    if response.unknown:
        return
    if not response.is_mapping:
        yield response.error(f"is {response.kind}", 'give {"identifier": ..., "format": {"type": ...}}')
        return
    identifier, kind = response["identifier"], response["format"]["type"]
    if identifier.given and identifier.text is None:
        yield identifier.error(f"is {identifier.kind}", "give the id of an output of the evalscript")
    name = response_id(response)
    if declared.setup is not None and name is not None and name != USERDATA and name not in declared.outputs:
        yield identifier.error(
            f"is {quoted(name)}, but the evalscript has no such output",
            f"use one of {listed(declared.setup.output_ids)}, or give an output of setup() this id",
        )
    if not kind.unknown:
        yield from _format(declared, kind, name)


def _format(declared: Declared, kind: Node, name: str | None) -> Iterator[Finding]:
    zarr, zarr_name = declared.zarr, declared.dialect.zarr_name
    if kind.absent:
        yield kind.error("is missing", f"give {TIFF}, {JSON} (userdata only) or {ZARR}")
    elif kind.text == JSON:
        if name not in {USERDATA, None}:
            yield kind.error(f"is {JSON} for the output {quoted(name)}", f"only userdata is JSON; use {TIFF}")
    elif kind.text == TIFF:
        if name == USERDATA:
            yield kind.error("is image/tiff for userdata", f"userdata is written as {JSON}")
        elif zarr.given:
            yield kind.error(f"is {TIFF}, while {zarr_name} is given", f"use {ZARR} for every response")
    elif kind.text == ZARR:
        if zarr.absent and not declared.adopting:
            yield kind.error(f"is {ZARR}, but there is no {zarr_name}", f"give {zarr_name}, or use {TIFF}")
    else:
        fix = f"use {TIFF}; pictures can be made of it later"
        yield kind.error(f"is {kind.kind}, which batch does not write", fix)


def _identifiers(declared: Declared) -> Iterator[Finding]:
    ids = declared.response_ids
    if ids is None:
        return
    twice = sorted(name for name, count in Counter(ids).items() if count > 1)
    if twice:
        yield declared.responses.error(
            f"names {listed(twice)} more than once",
            "give each output one response; without identifier it is default",
        )
    if declared.setup is not None:
        unused = [name for name in declared.setup.output_ids if name not in declared.written]
        if unused:
            yield declared.responses.warning(
                f"leaves out {listed(unused)}", "the evalscript computes it, but it will not be written"
            )
