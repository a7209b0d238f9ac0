"""Ingestion: which files a tile has, whether they are as they must be, and what they tell of the tile."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import reduce
from typing import TYPE_CHECKING, Any

from ..delivery import DeliveryError
from ..wire import Json
from .bands import MOST_BANDS, Band, Bands, name_problem
from .failure import UNEXPECTED, IngestionError
from .geometry import WGS84, box
from .reader import BucketReader

if TYPE_CHECKING:
    from .cog import Cog

PLACEHOLDER = "(BAND)"
_EXTENSION = re.compile(r"\.tiff?$", re.IGNORECASE)
_NAME = r"[^/]+?"
_ANY = r"[^/]*?"  # of batch v2's results, which may have nothing there


@dataclass(frozen=True)
class Ingested:
    """What ingestion found.

    Attributes:
        path: the tile's path, with ``(BAND)`` and extension.
        bands: the collection's bands, made from the files where it had none.
        crs: of all files.
        tile: the rectangle around all files, in the CRS of the tile.
        cover: what all files have in common, in the CRS of the tile.
        finest, coarsest: metres a pixel.
        files: header size and ETag of each file, by what stands for ``(BAND)``.
    """

    path: str
    bands: Bands
    crs: str
    tile: Json
    cover: Json
    finest: float
    coarsest: float
    files: Mapping[str, Json]

    @property
    def additional_data(self) -> Json:
        """As the API shows it."""
        return {
            # Covers are kept in CRS84, where straight edges of other CRS need more points [observed].
            "hasAddedPoints": self.crs != WGS84,
            "filesMetadata": dict(self.files),
            "minMetersPerPixel": self.finest,
            "maxMetersPerPixel": self.coarsest,
        }


def ingest(reader: BucketReader, bucket: str, path: str, bands: Bands) -> Ingested:
    """Ingest a tile's files.

    Args:
        reader: reads the bucket.
        bucket: where they are.
        path: a folder, or with ``(BAND)`` for the part in which file names differ.
        bands: those of the collection; empty when this is its first tile.

    Raises:
        IngestionError: why the tile fails.
    """
    try:
        unnamed = any(not band.source for band in bands.values())
        final, keys = _files(reader, bucket, path, _ANY if unnamed else _NAME)
        sources = sorted({band.source for band in bands.values()} or keys)
        missing = [source for source in sources if source not in keys]
        if missing:
            names = ", ".join(final.replace(PLACEHOLDER, source) for source in missing)
            raise IngestionError(f"All tiles need the same files; missing: {names}.")
        found = {source: _cog(reader, bucket, keys[source]) for source in sources}
    except DeliveryError as error:
        raise IngestionError(str(error)) from error
    cogs = {source: cog for source, (cog, _) in found.items()}
    crs = {cog.crs for cog in cogs.values()}
    if len(crs) > 1:
        raise IngestionError(f"All files of a tile must be in the same CRS, not in {', '.join(sorted(crs))}.")
    _check_formats(bands, cogs)
    union, common = _boxes([cog.bounds for cog in cogs.values()])
    return Ingested(
        path=final,
        bands=bands or _bands_of(cogs),
        crs=crs.pop(),
        tile=box(union, next(iter(cogs.values())).crs),
        cover=box(common, next(iter(cogs.values())).crs),
        finest=min(cog.finest for cog in cogs.values()),
        coarsest=max(cog.coarsest for cog in cogs.values()),
        files={
            source: {"headerSize": cog.header_size, "etag": etag} for source, (cog, etag) in found.items()
        },
    )


def _files(reader: BucketReader, bucket: str, path: str, name: str) -> tuple[str, dict[str, str]]:
    """The path with placeholder and extension, and the keys by what stands for ``(BAND)``, a pattern."""
    whole = path if PLACEHOLDER in path else f"{path}/{PLACEHOLDER}".lstrip("/")
    prefix, _, suffix = whole.partition(PLACEHOLDER)
    ending = "" if _EXTENSION.search(suffix) else r"(?P<extension>\.(?i:tiff?))"
    pattern = re.compile(rf"{re.escape(prefix)}(?P<band>{name}){re.escape(suffix)}{ending}")
    found = [match for key in reader.keys(bucket, prefix) if (match := pattern.fullmatch(key))]
    if not found:
        raise IngestionError(f"No files were found at path {path} of bucket {bucket}.")
    extensions = sorted({match.groupdict().get("extension", "") for match in found})
    if len(extensions) > 1:
        raise IngestionError(
            f"All files of a tile must have the same extension, not {', '.join(extensions)}."
        )
    return whole + extensions[0], {match["band"]: match[0] for match in found}


def _cog(reader: BucketReader, bucket: str, key: str) -> tuple[Cog, str]:
    from .cog import inspect

    found = reader.read(bucket, key)
    if found is None:
        raise IngestionError(UNEXPECTED)
    return inspect(found[0], key), found[1]


def _check_formats(bands: Bands, cogs: Mapping[str, Cog]) -> None:
    for name, band in bands.items():
        present = cogs[band.source].formats
        if band.index > len(present):
            raise IngestionError(f"Band {name} is band {band.index} of a file that has {len(present)} bands.")
        depth, form = present[band.index - 1]
        if (depth, form) != band.format:
            raise IngestionError(
                f"Band {name} must have bit depth {band.bit_depth} and sample format {band.sample_format}, "
                f"its file has {depth} and {form}."
            )


def _bands_of(cogs: Mapping[str, Cog]) -> dict[str, Band]:
    """[observed] Bands are named after the files, those of a file with several ``<file>_1``, ``_2`` …."""
    bands: dict[str, Band] = {}
    for source, cog in cogs.items():
        for index, (depth, form) in enumerate(cog.formats, start=1):
            name = source if len(cog.formats) == 1 else f"{source}_{index}"
            problem = name_problem(name)
            if problem is not None:
                raise IngestionError(problem)
            bands[name] = Band(source, index, depth, form)
    if len(bands) > MOST_BANDS:
        raise IngestionError(f"A collection has at most {MOST_BANDS} bands, the files have {len(bands)}.")
    return bands


def _boxes(bounds: list[Any]) -> tuple[Any, Any]:
    """What rectangles cover together, and what all of them cover."""
    union = reduce(lambda a, b: (min(a[0], b[0]), min(a[1], b[1]), max(a[2], b[2]), max(a[3], b[3])), bounds)
    common = reduce(lambda a, b: (max(a[0], b[0]), max(a[1], b[1]), min(a[2], b[2]), min(a[3], b[3])), bounds)
    if common[0] >= common[2] or common[1] >= common[3]:
        raise IngestionError("The files of the tile have no area in common.")
    return union, common
