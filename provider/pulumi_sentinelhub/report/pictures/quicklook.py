"""The quicklook of one request: its results, as far as they can be read in the time that there is."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Final

from ...batch.answers import mapping, text
from ...batch.inputs import result_path
from ...errors import DeadlineExceeded, Interrupted, SentinelHubError
from ...preview.grids import known_grid
from ...s3.names import parts_of
from ...s3.reading import ObjectReader, StoredFile
from ...waiting.patience import Patience
from ..model import Picture
from ..places import Frame
from . import tiffs, zarrs
from .canvas import Canvas

#: Keys of one request that are listed.
MOST_FILES: Final = 50_000


@dataclass(frozen=True)
class Look:
    """A quicklook, or why there is none.

    Attributes:
        note: what could not be read; None where all was.
    """

    picture: Picture | None
    note: str | None = None


@dataclass(frozen=True)
class Results:
    """Where a request's results are.

    Attributes:
        inputs: its declared inputs.
        id: of the request.
    """

    inputs: Mapping[str, Any]
    id: str

    @property
    def place(self) -> tuple[str, str] | None:
        """Bucket and the part of the keys that all results share, with a slash at its end."""
        url = result_path(self.inputs, self.id)
        found = parts_of(url) if url is not None else None
        if found is None or not found[0]:
            return None
        bucket, key = found
        return bucket, f"{key.strip('/')}/" if key.strip("/") else ""

    @property
    def is_zarr(self) -> bool:
        """Whether they are one Zarr group."""
        return isinstance(self.inputs.get("zarr_output"), Mapping)

    @property
    def output(self) -> str | None:
        """The first output of the request."""
        responses = mapping(mapping(self.inputs.get("process_request")).get("output")).get("responses")
        first = responses[0] if isinstance(responses, list) and responses else None
        return text(mapping(first).get("identifier"))


def quicklook(results: Results, frame: Frame, reader: ObjectReader, patience: Patience) -> Look:
    """The picture of a request's results on a part of the map.

    Args:
        results: where they are.
        frame: the part of the map.
        reader: reads the bucket.
        patience: of this picture: what was read when it ends is shown.

    Raises:
        Interrupted: by the user.
    """
    place = results.place
    if place is None:
        return Look(None, "Where its results are is not known, so there is no picture of them")
    canvas, said = Canvas(frame), "results"
    done = total = 0
    problem: SentinelHubError | None = None
    try:
        with gdal():
            steps, total, said = _steps(results, place, canvas, reader.within(patience))
            for failure in steps:
                done += 1
                problem = problem or failure
    except Interrupted:
        raise
    except DeadlineExceeded:
        return _look(canvas, said, f"The time for pictures was over after {done} of {total or 'some'} parts")
    except SentinelHubError as error:
        return _look(canvas, said, f"Its results cannot be read: {error}")
    if not total:
        return Look(None, f"There are no results to be shown at s3://{'/'.join(place)}")
    return _look(canvas, said, None if problem is None else f"Not all results can be read: {problem}")


def _look(canvas: Canvas, said: str, note: str | None) -> Look:
    if canvas.empty:
        return Look(None, note or "Its results hold no values that can be shown")
    return Look(canvas.picture(said), note)


Steps = Iterable[SentinelHubError | None]


def _steps(
    results: Results, place: tuple[str, str], canvas: Canvas, reader: ObjectReader
) -> tuple[Steps, int, str]:
    """The work, a part at a time; how many parts there are; what is shown."""
    bucket, prefix = place
    if results.is_zarr:
        name = results.output or ""
        group = zarrs.ZarrGroup(reader, bucket, prefix)
        array = group.array(name)
        chunks = zarrs.stored_chunks(array, reader.files(bucket, array.prefix, MOST_FILES))
        grid = known_grid(mapping(results.inputs.get("tiling_grid")).get("id"))
        crs = f"EPSG:{grid.crs if grid is not None and grid.single_crs else '4326'}"
        return zarrs.paint(canvas, group, array, crs, chunks), len(chunks), f"Zarr array {name}"
    files = tiffs.chosen(reader.files(bucket, prefix, MOST_FILES), results.output)
    said = f"output {results.output or 'of'} in {len(files)} file{'' if len(files) == 1 else 's'}"

    def paint() -> Iterator[SentinelHubError | None]:
        for file in files:
            yield _painted(canvas, reader, bucket, file)

    return paint(), len(files), said


def _painted(canvas: Canvas, reader: ObjectReader, bucket: str, file: StoredFile) -> SentinelHubError | None:
    """Put one file on the canvas; why it could not be. Raises Interrupted, DeadlineExceeded."""
    try:
        tiffs.paint(canvas, reader, bucket, file)
    except (Interrupted, DeadlineExceeded):
        raise
    except SentinelHubError as error:
        return error
    return None


@contextmanager
def gdal() -> Iterator[None]:
    """GDAL as it is needed here: with no credentials of its own, and looking for nothing beside a file."""
    import rasterio
    from rasterio.session import DummySession

    options = {
        "GDAL_DISABLE_READDIR_ON_OPEN": "EMPTY_DIR",
        "GDAL_NUM_THREADS": "1",
        "GDAL_PAM_ENABLED": "NO",
        "CPL_DEBUG": "OFF",
    }
    with rasterio.Env(session=DummySession(), **options):
        yield
