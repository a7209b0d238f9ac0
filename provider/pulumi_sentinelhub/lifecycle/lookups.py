"""What the look-ups ask the service, for every front end; pages are followed."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import TYPE_CHECKING

from ..batch.mark import unmarked

if TYPE_CHECKING:
    from ..batch.api import BatchRequestInfo, BatchService, ResultFiles, Tile, TilingGrid


def batch_request(service: BatchService, id: str) -> BatchRequestInfo:
    """One batch request, without the owner's mark in its evalscript. Raises ServiceError."""
    return _unmarked(service.get_request(id))


def batch_requests(
    service: BatchService, *, search: str | None = None, sort: str | None = None
) -> Iterator[BatchRequestInfo]:
    """All batch requests of the account, without the owners' marks, page by page as they are taken.

    Raises:
        ServiceError: the service cannot be asked.
    """
    return map(_unmarked, service.list_requests(search=search, sort=sort))


def batch_request_tiles(
    service: BatchService, files: ResultFiles, id: str, *, status: str | None = None
) -> list[Tile]:
    """The tiles of a batch request; none before its analysis. Raises SentinelHubError."""
    return list(service.tiles(id, files, status=status))


def tiling_grids(service: BatchService) -> list[TilingGrid]:
    """The tiling grids that the account may use. Raises ServiceError."""
    return list(service.tiling_grids())


def _unmarked(info: BatchRequestInfo) -> BatchRequestInfo:
    """As the service describes it, without the owner's mark in its evalscript."""
    return replace(info, raw=unmarked(info.raw))
