"""How the features of a request stand, by the files that the service leaves in the bucket.

The feature manifest, a GeoPackage that the analysis writes, has one row a feature and output, with its size
in pixels; its layers are by CRS. The execution database has one row a feature, with its state. Neither's
columns are promised: what is not known is left alone, and what is needed and missing is an error. Both are
read row by row, in the order of the names: there may be hundreds of thousands.
[v2 reference, 4 and 5]
"""

from __future__ import annotations

import heapq
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack
from itertools import groupby, islice
from operator import itemgetter
from typing import Any, Final, NamedTuple

from ...errors import BadAnswer, BucketError, SentinelHubError
from ...shown import fit
from ..answers import integer, mapping, text
from ..api import (
    NAMED_TILES,
    BatchRequestInfo,
    Outline,
    Phase,
    Progress,
    ResultFiles,
    Tile,
    TileState,
    unheard,
)
from ..inputs import SCHEME
from ..outlines import of_stored
from . import places
from .own_file import OwnFile, own_file, unreadable
from .shapes import geometries_in
from .sqlite_rows import NotReadable, RowsFile
from .storage import place_of

_STATES: Final = {"DONE": TileState.PROCESSED, "FATAL": TileState.FAILED}
#: The worst of several rows of one feature counts.
_RANK: Final = (TileState.PROCESSED, TileState.PENDING, TileState.FAILED)
#: Phases that only an analysis leads to, so that there is a manifest.
_ANALYSED: Final = (Phase.ANALYSED, Phase.PROCESSING, Phase.HALTED, Phase.ENDED)
#: Results that are looked for, at least, where nothing else tells whether they are there.
_LOOKED_FOR: Final = 50
#: Characters of a reason in a list of failed features.
_REASON: Final = 200
#: Features after which the counting is told of.
_TOLD: Final = 100


class _Feature(NamedTuple):
    """A row of the manifest: size in pixels, path of the result, place; None where they cannot be read."""

    width: int | None
    height: int | None
    path: str | None
    outline: Outline | None = None


class _State(NamedTuple):
    """A row of the execution database."""

    id: int | None
    state: TileState
    word: str
    error: str | None


def progress(
    info: BatchRequestInfo, files: ResultFiles, counted: Callable[[int], object] = unheard
) -> Progress | None:
    """How the features of a request stand, and what it has cost.

    While it runs, the database may not be there yet, or not be readable: then the cost alone is told. Once it
    has ended, the database alone tells whether all came out.

    Args:
        info: the request, as it was last read.
        files: reads the bucket.
        counted: is told of each hundred features.

    Raises:
        SentinelHubError: it has ended, and its database cannot be found or read.
    """
    try:
        told = _told(info, files, counted)
    except (BucketError, BadAnswer):
        if info.phase is Phase.ENDED:
            raise
        told = None
    if told is None and _may_have_been_there(info):
        told = _told_by_results(info, files)
    if told is not None:
        return told
    if info.phase is Phase.ENDED:
        raise _missing(info, places.database(info.id), "whether all features came out cannot be told")
    return None if info.cost is None else Progress({}, (), info.cost)


def _told(info: BatchRequestInfo, files: ResultFiles, counted: Callable[[int], object]) -> Progress | None:
    """By the execution database; None where there is none."""
    with own_file(info, files, places.database(info.id)) as file:
        if file is None:
            return None
        counts, failed = Counter[TileState](), list[str]()
        for number, (name, one) in enumerate(file.read(_states), 1):
            counts[one.state] += 1
            if one.state is TileState.FAILED and len(failed) < NAMED_TILES:
                failed.append(_named(name, one))
            if number % _TOLD == 0:
                counted(_TOLD)
        tiles = {state.value: number for state, number in counts.items()}
        return Progress(tiles, tuple(failed), info.cost)


def _told_by_results(info: BatchRequestInfo, files: ResultFiles) -> Progress | None:
    """By the manifest, where all results were there before; None where that cannot be told."""
    with own_file(info, files, places.manifest(info.id)) as file:
        number = sum(1 for _ in file.read(_features)) if file else 0
        if info.phase is not Phase.DONE and not (file and _are_there(info, file, number, files)):
            return None
    return Progress({TileState.PROCESSED.value: number} if number else {}, (), info.cost)


def tile_sizes(info: BatchRequestInfo, files: ResultFiles) -> Mapping[tuple[int, int], int] | None:
    """How many features have which width and height in pixels.

    None where there is no manifest, as before the analysis.

    Raises:
        BadAnswer: the manifest cannot be read, or a feature in it has no size.
        SentinelHubError: the bucket cannot be read.
    """
    with own_file(info, files, places.manifest(info.id)) as file:
        if file is None:
            return None
        sizes, missing = Counter[tuple[int, int]](), 0
        for _, one in file.read(_features):
            if one.width and one.height:
                sizes[one.width, one.height] += 1
            else:
                missing += 1
        if missing:
            raise unreadable(info, file.url, f"shows no size of {missing} of its features")
        return sizes


def tiles(info: BatchRequestInfo, files: ResultFiles, *, status: str | None = None) -> Iterator[Tile]:
    """All features by name; empty before the analysis.

    Args:
        info: the request, as it was last read.
        files: reads the bucket.
        status: only those in this state, a ``TileState``'s value or the service's word.

    Raises:
        BadAnswer: a file cannot be read.
        SentinelHubError: the bucket cannot be read, or what an analysis leaves there is missing.
    """
    wanted = _STATES[status].value if status in _STATES else status
    with ExitStack() as stack:
        manifest, database = (
            stack.enter_context(own_file(info, files, name))
            for name in (places.manifest(info.id), places.database(info.id))
        )
        if manifest is None and database is None and info.phase in _ANALYSED:
            raise _missing(info, places.manifest(info.id), "its features cannot be told")
        features = manifest.read(_placed_features) if manifest else iter(())
        states = database.read(_states) if database else iter(())
        together = groupby(heapq.merge(features, states, key=itemgetter(0)), key=itemgetter(0))
        for number, (name, rows) in enumerate(together, 1):
            known = [row for _, row in rows]
            feature = next((row for row in known if isinstance(row, _Feature)), None)
            tile = _tile(number, name, feature, next((row for row in known if isinstance(row, _State)), None))
            if wanted in (None, tile.status):
                yield tile


def _tile(number: int, name: str, feature: _Feature | None, state: _State | None) -> Tile:
    raw: dict[str, Any] = {"name": name}
    if feature is not None:
        raw |= {"width": feature.width, "height": feature.height}
    if state is not None:
        raw |= {"id": state.id, "status": state.word, "error": state.error}
    return Tile(
        id=number if state is None or state.id is None else state.id,
        name=name,
        status=(state.state if state is not None else TileState.PENDING).value,
        cost=None,
        raw={key: value for key, value in raw.items() if value is not None},
        error=state.error if state is not None else None,
        outline=feature.outline if feature is not None else None,
    )


def _features(file: RowsFile, *, placed: bool = False) -> Iterator[tuple[str, _Feature]]:
    """The features by name, each once a layer, whatever its outputs. ``placed``: with outlines."""
    layers = file.tables("identifier", "width", "height")
    if not layers:
        raise NotReadable("has no layer with identifier, width and height")
    geometries = geometries_in(file) if placed else {}
    places_in = [geometries.get(layer) for layer in layers]
    columns = {layer: at.column if at else None for layer, at in zip(layers, places_in, strict=True)}
    rows = file.sorted_rows(("identifier", "width", "height", "path"), columns)
    for name, same in groupby(rows, key=itemgetter(1)):
        if isinstance(name, str):
            for layer, (_, _, width, height, path, blob) in {row[0]: row for row in same}.items():
                at = places_in[layer]
                outline = of_stored(blob, at.epsg) if at else None
                yield name, _Feature(integer(width), integer(height), text(path), outline)


def _placed_features(file: RowsFile) -> Iterator[tuple[str, _Feature]]:
    return _features(file, placed=True)


def _states(file: RowsFile) -> Iterator[tuple[str, _State]]:
    """The states of the features by name, each once."""
    if "features" not in (table.lower() for table in file.tables("name", "status")):
        raise NotReadable("has no table features with name and status")
    rows = file.sorted_rows(("name", "status", "id", "error"), {"features": None})
    for name, same in groupby(rows, key=itemgetter(1)):
        if isinstance(name, str):
            worst, *others = map(_state, same)
            yield name, max(worst, *others, key=_rank) if others else worst


def _state(row: tuple[Any, ...]) -> _State:
    _, _, status, id, error, _ = row
    word = text(status) or ""
    return _State(integer(id), _STATES.get(word, TileState.PENDING), word, text(error))


def _rank(one: _State) -> int:
    return _RANK.index(one.state)


def _may_have_been_there(info: BatchRequestInfo) -> bool:
    """Whether all results may have been there before, so that the analysis ended it [v2 reference, 3]."""
    output = _output(info)
    return info.phase is Phase.DONE or (
        info.phase is Phase.ENDED and info.cost == 0 and output.get("skipExisting") is True
    )


def _are_there(info: BatchRequestInfo, file: OwnFile, number: int, files: ResultFiles) -> bool:
    """Whether results are there, by the paths in the manifest: all of few, a share of many.

    A job of which nothing came out, as with keys that have been taken away, looks the same otherwise.
    """
    looked_for = islice(file.read(_features), 0, None, max(1, number // _LOOKED_FOR))
    return number > 0 and all(
        one.path is not None and files.exists(_url_of(info, one.path)) for _, one in looked_for
    )


def _url_of(info: BatchRequestInfo, path: str) -> str:
    if "://" in path:
        return path
    delivery = text(place_of(_output(info).get("delivery")).get("url")) or ""
    bucket = delivery.partition("://")[2].partition("/")[0]
    return f"{SCHEME}{bucket}/{path.lstrip('/')}"


def _output(info: BatchRequestInfo) -> Mapping[str, Any]:
    return mapping(mapping(info.raw.get("request")).get("output"))


def _named(name: str, state: _State) -> str:
    return f"{name} ({fit(state.error, _REASON)})" if state.error else name


def _missing(info: BatchRequestInfo, name: str, consequence: str) -> SentinelHubError:
    looked = " or ".join(f"{root}/{name}" for root in places.roots(info))
    return SentinelHubError(
        "cannot tell how the features stand of batch request",
        subject=info.id,
        why=f"there is no {looked or name}, so {consequence}",
        next_step="Check that your own S3 credentials lead to that bucket, then run the command again",
    )
