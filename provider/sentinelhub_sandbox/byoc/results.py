"""What batch v2 writes into BYOC collections: their bands, and a tile for each feature.

[batch v2 docs: output, createCollection] Outputs of one band are bands of their own name; those of several
are ``result``, ``result2``, ``result3``. How the tiles' paths look is nowhere said: the output path with
``(BAND)`` for the output's name is this sandbox's choice.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from ..accounts import Caller
from ..payloads.bands import SAMPLE_FORMATS
from ..pixels import Output
from .bands import MOST_BANDS, Band, Bands, formats, name_problem
from .collections import ByocCollections, CollectionWish
from .ingest import PLACEHOLDER
from .model import TileWish


class ResultsError(Exception):
    """Outputs cannot be written into a collection; the message is what the analysis fails with."""


@dataclass(frozen=True)
class ResultPath:
    """Where a feature's files are: the tile's path, with ``(BAND)``."""

    path: str

    @classmethod
    def of(cls, key: str, source: str | None = None) -> ResultPath:
        """From an output's key.

        Args:
            key: ``(BAND)`` stands in it for the output's name, unless it is without it.
            source: what ``(BAND)`` stands for then: the file's name, or nothing, at its end.
        """
        if PLACEHOLDER in key:
            return cls(key)
        folder, slash, name = key.rpartition("/")
        stem, dot, extension = name.rpartition(".")
        kept = stem if source == "" else ""
        return cls(f"{folder}{slash}{kept}{PLACEHOLDER}{dot}{extension}")


def result_bands(outputs: Iterable[Output], sources: Mapping[str, str] | None = None) -> dict[str, Band]:
    """The bands that outputs make.

    Args:
        outputs: those that are written into the collection.
        sources: what stands for ``(BAND)`` in the path of an output's files, by its id; by default its id.

    Raises:
        ResultsError: two bands have the same name, one has a name that no band can have, or there are too
            many.
    """
    bands: dict[str, Band] = {}
    for output in outputs:
        depth, form = SAMPLE_FORMATS[output.sample_type]
        source = (sources or {}).get(output.id, output.id)
        for index in range(1, output.bands + 1):
            name = output.id if index == 1 else f"{output.id}{index}"
            problem = name_problem(name)
            if name in bands:
                problem = f"Band name '{name}' is made by more than one output."
            if problem is not None:
                raise ResultsError(problem)
            bands[name] = Band(source, index, depth, form)
    if len(bands) > MOST_BANDS:
        raise ResultsError(f"A collection has at most {MOST_BANDS} bands, the outputs have {len(bands)}.")
    return bands


class ResultCollections:
    """The collections that batch v2 makes and writes into.

    Args:
        collections: all BYOC collections.
    """

    def __init__(self, collections: ByocCollections) -> None:
        self._collections = collections

    def create(self, owner: Caller, description: str | None, bucket: str, bands: Bands) -> str:
        """Make the collection that a request with ``createCollection`` asks for; returns its id."""
        wish = CollectionWish(description or "Batch collection", bucket, bands)
        return str(self._collections.create(owner, wish)["id"])

    def link(self, account: str, collection_id: str, bucket: str, bands: Bands) -> None:
        """Have results written into a collection; one without bands gets theirs.

        Raises ResultsError unless an account's collection can take files of a bucket with these bands.
        """
        item = self._collections.find(collection_id)
        if item is None or item.owner.account != account:
            raise ResultsError(f"Collection {collection_id} does not exist.")
        if item.bucket != bucket:
            raise ResultsError(
                f"Collection {collection_id} is of bucket {item.bucket}, results go to {bucket}."
            )
        if item.bands and formats(item.bands) != formats(bands):
            raise ResultsError(
                f"Collection {collection_id} is not compatible with the request: "
                "band names and bit depths must be the same."
            )
        places = {name: band.place for name, band in bands.items()}
        if item.bands and {name: band.place for name, band in item.bands.items()} != places:
            raise ResultsError(
                f"Collection {collection_id} is not compatible with the request: "
                "the files of its bands must be named alike."
            )
        if not item.bands:
            wish = CollectionWish(item.name, item.bucket, bands, item.no_data, item.storage)
            self._collections.update(account, collection_id, wish)

    def add(self, collection_id: str, path: ResultPath) -> str:
        """Add a feature's files as a tile, or ingest them again; returns the tile's id.

        It is ingested as any other tile: only if the bucket lets the deployment's principal read it.
        Raises ApiError (404) when the collection is gone.
        """
        return self._collections.put_tile(collection_id, TileWish(path.path))
