"""How the features of a request stand, by the files that the service leaves in the bucket.

The feature manifest, a GeoPackage that the analysis writes, has one row a feature and output, with its size
in pixels; its layers are by CRS. The execution database has one row a feature, with its state. Neither's
columns are promised: what is not known is left alone, and what is needed and missing is an error.
[v2 reference, 4 and 5]
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final, TypeVar

from ...errors import BadAnswer, BucketError, SentinelHubError
from ...shown import fit
from ..answers import integer, mapping, text
from ..api import NAMED_TILES, BatchRequestInfo, Outline, Phase, Progress, ResultFiles, Tile, TileState
from ..inputs import SCHEME
from . import places
from .shapes import outlines_in
from .sqlite_rows import NotReadable, RowsFile, opened
from .storage import place_of

T = TypeVar("T")

_STATES: Final = {"DONE": TileState.PROCESSED, "FATAL": TileState.FAILED}
#: The worst of several rows of one feature counts.
_RANK: Final = (TileState.PROCESSED, TileState.PENDING, TileState.FAILED)
#: Phases that only an analysis leads to, so that there is a manifest.
_ANALYSED: Final = (Phase.ANALYSED, Phase.PROCESSING, Phase.HALTED, Phase.ENDED)
#: Results that are looked for, at least, where nothing else tells whether they are there.
_LOOKED_FOR: Final = 50
#: Characters of a reason in a list of failed features.
_REASON: Final = 200


@dataclass(frozen=True)
class _Feature:
    """A row of the manifest: size in pixels, path of the result, place; None where they cannot be read."""

    width: int | None
    height: int | None
    path: str | None
    outline: Outline | None = None


@dataclass(frozen=True)
class _State:
    """A row of the execution database."""

    id: int | None
    state: TileState
    word: str
    error: str | None


def progress(info: BatchRequestInfo, files: ResultFiles) -> Progress | None:
    """How the features of a request stand, and what it has cost.

    While it runs, the database may not be there yet, or not be readable: then the cost alone is told. Once it
    has ended, the database alone tells whether all came out.

    Raises:
        SentinelHubError: it has ended, and its database cannot be found or read.
    """
    try:
        states = _states(info, files)
    except (BucketError, BadAnswer):
        if info.phase is Phase.ENDED:
            raise
        states = None
    if states is None and _may_have_been_there(info):
        features = _features(info, files) or {}
        if info.phase is Phase.DONE or _are_there(info, features, files):
            return Progress({TileState.PROCESSED.value: len(features)} if features else {}, (), info.cost)
    if states is None:
        if info.phase is Phase.ENDED:
            raise _missing(info, places.database(info.id), "whether all features came out cannot be told")
        return None if info.cost is None else Progress({}, (), info.cost)
    counts = Counter(one.state.value for one in states.values())
    failed = [_named(name, one) for name, one in states.items() if one.state is TileState.FAILED]
    return Progress(dict(counts), tuple(sorted(failed)[:NAMED_TILES]), info.cost)


def tile_sizes(info: BatchRequestInfo, files: ResultFiles) -> Iterable[tuple[int, int]] | None:
    """Width and height in pixels of each feature; None where there is no manifest, as before the analysis.

    Raises:
        BadAnswer: the manifest cannot be read, or a feature in it has no size.
        SentinelHubError: the bucket cannot be read.
    """
    features = _features(info, files)
    if features is None:
        return None
    sizes = [(one.width, one.height) for one in features.values() if one.width and one.height]
    if missing := len(features) - len(sizes):
        raise _unreadable(info, places.manifest(info.id), f"shows no size of {missing} of its features")
    return sizes


def tiles(info: BatchRequestInfo, files: ResultFiles, *, status: str | None = None) -> Iterator[Tile]:
    """All features, in no order; empty before the analysis.

    Args:
        info: the request, as it was last read.
        files: reads the bucket.
        status: only those in this state, a ``TileState``'s value or the service's word.

    Raises:
        BadAnswer: a file cannot be read.
        SentinelHubError: the bucket cannot be read, or what an analysis leaves there is missing.
    """
    features, states = _features(info, files, placed=True), _states(info, files)
    if features is None and states is None and info.phase in _ANALYSED:
        raise _missing(info, places.manifest(info.id), "its features cannot be told")
    wanted = _STATES[status].value if status in _STATES else status
    by_name = {name: feature for (_, name), feature in (features or {}).items()}
    states = states or {}
    for number, name in enumerate(dict.fromkeys([*by_name, *states]), 1):
        tile = _tile(number, name, by_name.get(name), states.get(name))
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


def _features(
    info: BatchRequestInfo, files: ResultFiles, *, placed: bool = False
) -> dict[tuple[str, str], _Feature] | None:
    """The features by layer and name: each counts once, whatever its outputs. ``placed``: with outlines."""

    def read(file: RowsFile) -> dict[tuple[str, str], _Feature]:
        layers = file.tables("identifier", "width", "height")
        if not layers:
            raise NotReadable("has no layer with identifier, width and height")
        found: dict[tuple[str, str], _Feature] = {}
        for layer in layers:
            outlines = outlines_in(file, layer) if placed else {}
            for name, width, height, path in file.rows(layer, ("identifier", "width", "height"), ("path",)):
                if isinstance(name, str):
                    found[layer, name] = _Feature(
                        integer(width), integer(height), text(path), outlines.get(name)
                    )
        return found

    return _read(info, files, places.manifest(info.id), read)


def _states(info: BatchRequestInfo, files: ResultFiles) -> dict[str, _State] | None:
    """The states of the features by name."""

    def read(file: RowsFile) -> dict[str, _State]:
        if "features" not in (table.lower() for table in file.tables("name", "status")):
            raise NotReadable("has no table features with name and status")
        found: dict[str, _State] = {}
        for name, status, id, error in file.rows("features", ("name", "status"), ("id", "error")):
            if not isinstance(name, str):
                continue
            word, reason = (value if isinstance(value, str) else "" for value in (status, error))
            state = _State(integer(id), _STATES.get(word, TileState.PENDING), word, reason or None)
            before = found.get(name)
            if before is None or _RANK.index(state.state) > _RANK.index(before.state):
                found[name] = state
        return found

    return _read(info, files, places.database(info.id), read)


def _read(info: BatchRequestInfo, files: ResultFiles, name: str, read: Callable[[RowsFile], T]) -> T | None:
    """What is read of a file of the service's own; None where there is none."""
    for root in places.roots(info):
        content = files.fetch(f"{root}/{name}")
        if content is None:
            continue
        try:
            with opened(content) as file:
                return read(file)
        except NotReadable as failure:
            why = str(failure)
        raise _unreadable(info, name, why, root)
    return None


def _may_have_been_there(info: BatchRequestInfo) -> bool:
    """Whether all results may have been there before, so that the analysis ended it [v2 reference, 3]."""
    output = _output(info)
    return info.phase is Phase.DONE or (
        info.phase is Phase.ENDED and info.cost == 0 and output.get("skipExisting") is True
    )


def _are_there(info: BatchRequestInfo, features: Mapping[Any, _Feature], files: ResultFiles) -> bool:
    """Whether results are there, by the paths in the manifest: all of few, a share of many.

    A job of which nothing came out, as with keys that have been taken away, looks the same otherwise.
    """
    paths = [feature.path for feature in features.values()]
    if not paths or None in paths:
        return False
    looked_for = paths[:: max(1, len(paths) // _LOOKED_FOR)]
    return all(files.exists(_url_of(info, path or "")) for path in looked_for)


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


def _unreadable(info: BatchRequestInfo, name: str, why: str, root: str | None = None) -> BadAnswer:
    where = root or next(iter(places.roots(info)), "")
    return BadAnswer(
        "cannot tell how the features stand of batch request",
        subject=info.id,
        why=f"{where}/{name} {why}",
        next_step="Run the command again; if it is still so, report it to the service with this message",
    )
