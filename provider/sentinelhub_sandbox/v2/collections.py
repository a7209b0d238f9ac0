"""What a task writes into a BYOC collection: bands and paths [v2 docs: output, createCollection].

How the paths of these tiles look is nowhere said [INFER]: the output's path, with ``(BAND)`` for its name.
Where that is no part of the path there is one output. If its file has always the same name, ``(BAND)`` stands
for that; if the tile gives it its name, ``(BAND)`` stands for nothing, at its end.
"""

from __future__ import annotations

from collections.abc import Iterable

from ..byoc.bands import Band
from ..byoc.ingest import PLACEHOLDER
from ..byoc.results import ResultPath, result_bands
from ..pixels import Output, Pixels, Plan
from ..wire import Json
from .job import JobV2

_VARYING = ("<tileName>", "<requestId>")


def bands_of(request: Json, outputs: Iterable[Output]) -> dict[str, Band]:
    """The bands that outputs make in a collection. Raises ResultsError where no collection can have them."""
    written, source = tuple(outputs), _source(request)
    sources = {} if source is None else {output.id: source for output in written}
    return result_bands(written, sources)


def path_of(pixels: Pixels, job: JobV2, plan: Plan) -> ResultPath:
    """The path of the tile that a feature's files are."""
    banded = {**job.request["processRequest"], "output": {"responses": [{"identifier": PLACEHOLDER}]}}
    keys = pixels.tile_keys({**job.request, "processRequest": banded}, job.id, plan)
    return ResultPath.of(keys[0], _source(job.request))


def _source(request: Json) -> str | None:
    """What ``(BAND)`` stands for where it is not the output's name."""
    url = str(request["output"]["defaultTilePath"])
    if "<outputId>" in url or "<tileName>" not in url:
        return None
    name = url.rpartition("/")[2]
    return "" if any(one in name for one in _VARYING) else name.rpartition(".")[0] or name
