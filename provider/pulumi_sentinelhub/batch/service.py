"""What the lifecycle needs from Sentinel Hub, as a protocol: the client implements it, tests may too."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from enum import Enum
from typing import Any, Final, Literal, Protocol

from .models import BatchCollectionInfo, BatchRequestInfo, Tile, TilingGrid


class Unset(Enum):
    """The type of ``UNSET``: "leave as it is", where None has a meaning of its own."""

    UNSET = "unset"


UNSET: Final = Unset.UNSET


class BatchService(Protocol):
    """Calls of the batch service. All raise the ``ServiceError`` family.

    A call that may have been committed without its answer arriving raises ``AnswerLost``: the caller
    looks before it calls again. ``NotFound`` right after a create can be the service's read lag; the
    caller decides how long to wait.
    """

    def account_id(self) -> str | None:
        """The account whose credentials are at work, as the token names it; None where it does not."""

    def account_of_requests(self) -> str | None:
        """The account that the newest visible batch request belongs to; None without one."""

    def create_request(self, payload: Mapping[str, Any]) -> BatchRequestInfo:
        """POST one request; sent again only when certainly nothing was committed. Costs nothing."""

    def get_request(self, request_id: str) -> BatchRequestInfo:
        """GET one request. Raises NotFound: expired, deleted, or not visible yet."""

    def list_requests(
        self, *, search: str | None = None, sort: str | None = None, collection_id: str | None = None
    ) -> Iterator[BatchRequestInfo]:
        """All requests of the account, page by page as they are taken.

        Args:
            search: words joined by ``|`` or ``&``, looked for in the description among others.
            sort: ``created``, ``created:desc``, ``status`` or ``status:desc``.
            collection_id: only those that write to this batch collection.
        """

    def update_request(
        self,
        request_id: str,
        *,
        description: str | Literal[Unset.UNSET] = UNSET,
        collection_id: str | Literal[Unset.UNSET] | None = UNSET,
    ) -> BatchRequestInfo:
        """PUT description or collection link; ``collection_id=None`` unlinks.

        Raises:
            NotFound: no such request.
            Conflict: it is active.
        """

    def delete_request(self, request_id: str) -> None:
        """DELETE. Raises NotFound; Conflict while it is active or when tiles were processed."""

    def analyse(self, request_id: str) -> None:
        """Raises BadRequest when illegal in its state, NotFound, AnswerLost."""

    def start(self, request_id: str) -> None:
        """Raises BadRequest when illegal in its state, NotFound, AnswerLost. Costs units."""

    def cancel(self, request_id: str) -> None:
        """Raises BadRequest when illegal in its state, NotFound, AnswerLost."""

    def restart_partial(self, request_id: str) -> None:
        """Raises BadRequest unless its status is PARTIAL, NotFound, AnswerLost. Costs units."""

    def tiles(self, request_id: str, *, status: str | None = None) -> Iterator[Tile]:
        """All tiles, in the service's (random) order; empty before analysis."""

    def tile(self, request_id: str, tile_id: int) -> Tile:
        """One tile. Raises NotFound."""

    def tiling_grids(self) -> Iterator[TilingGrid]:
        """The grids that the account may use."""

    def tiling_grid(self, grid_id: int) -> TilingGrid:
        """One grid. Raises NotFound or BadRequest."""

    def create_collection(self, name: str, s3_bucket: str) -> BatchCollectionInfo:
        """POST one batch collection; sent again only when certainly nothing was committed."""

    def get_collection(self, collection_id: str) -> BatchCollectionInfo:
        """Raises NotFound."""

    def list_collections(self, search: str | None = None) -> Iterator[BatchCollectionInfo]:
        """All batch collections of the account."""

    def rename_collection(self, collection_id: str, name: str) -> None:
        """PUT the name. Raises NotFound."""

    def delete_collection(self, collection_id: str) -> None:
        """DELETE. Raises NotFound; Conflict while a request uses it."""
