"""The batch service, API version 1 [batch docs: v1 endpoints]."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Literal, NoReturn, TypeVar

from ...config.settings import Settings
from ...errors import BadAnswer
from ...waiting.clock import Clock, SystemClock
from ...waiting.patience import Patience
from ..answers import tiling_grid
from ..api import (
    UNSET,
    BatchRequestInfo,
    CollectionInfo,
    Generation,
    Progress,
    ResultFiles,
    Tile,
    TilingGrid,
    Unset,
    unheard,
)
from ..http.claims import account_in
from ..http.connection import Connection
from ..http.failures import Call
from ..http.ids import segment
from ..http.pages import Page, items, page
from ..writes import Writes
from .codec import V1_API, collection_info, progress, request_info, tile
from .pricing import batch_factor

if TYPE_CHECKING:
    from requests.adapters import BaseAdapter

T = TypeVar("T")

_ROOT = "/api/v1/batch"


class BatchClient:
    """Implements ``BatchService`` for API v1 over HTTP.

    Make one for the process and give each operation its own view of it by ``bound``: all share one token and
    one pool of connections. Safe to use from many threads.

    Args:
        settings: where to call and as whom.
        clock: time and sleeping.
        adapter: makes the requests transport adapter, for API and tokens alike; tests put theirs here.
        connection: what is shared with other clients of the process; a new one without it.
    """

    def __init__(
        self,
        settings: Settings,
        *,
        clock: Clock | None = None,
        adapter: Callable[[], BaseAdapter] | None = None,
        connection: Connection | None = None,
    ) -> None:
        shared = connection or Connection.to(settings, adapter)
        self._transport = shared.transport(_ROOT, Patience(clock or SystemClock()))

    def __reduce__(self) -> NoReturn:
        raise TypeError("a client holds credentials and is never pickled")

    def bound(self, patience: Patience) -> BatchClient:
        """The same client within one operation's patience; no call is begun or waited for after it."""
        bound = BatchClient.__new__(BatchClient)
        bound._transport = replace(self._transport, patience=patience)  # noqa: SLF001 - ours
        return bound

    @property
    def generation(self) -> Generation:
        """API v1."""
        return V1_API

    # Account

    def account_id(self) -> str | None:
        """The account as the token names it; see ``BatchService``."""
        return account_in(self._transport.tokens.token(self._transport.patience))

    def account_of_requests(self) -> str | None:
        """The account that the newest visible request belongs to; see ``BatchService``."""
        newest = next(self.list_requests(sort="created:desc"), None)
        account = newest.raw.get("accountId") if newest is not None else None
        return account if isinstance(account, str) else None

    # Requests

    def create_request(self, payload: Mapping[str, Any]) -> BatchRequestInfo:
        """POST one request; see ``BatchService``."""
        call = Call("POST", "/process", "create batch request", body=dict(payload))
        return self._transport.parsed(call, request_info)

    def get_request(self, request_id: str) -> BatchRequestInfo:
        """GET one request. Raises NotFound."""
        call = Call("GET", _request(request_id), "read batch request", request_id)
        return self._transport.parsed(call, request_info)

    def list_requests(
        self, *, search: str | None = None, sort: str | None = None, collection_id: str | None = None
    ) -> Iterator[BatchRequestInfo]:
        """All requests, page by page as they are taken; see ``BatchService``."""
        params = {"search": search, "sort": sort, "collectionId": collection_id}
        what = "list the batch requests of collection" if collection_id else "list batch requests"
        return self._items("/process", what, request_info, collection_id, params)

    def newest_requests(self, token: str | None = None) -> Page[BatchRequestInfo]:
        """One page of the list, the newest first; see ``BatchService``."""
        call = Call("GET", "/process", "list batch requests", params={"sort": "created:desc"})
        return page(self._transport, call, request_info, token)

    @property
    def writes(self) -> Writes:
        """What this process has written; see ``BatchService``."""
        return self._transport.writes

    def update_request(
        self,
        request_id: str,
        *,
        description: str | Literal[Unset.UNSET] = UNSET,
        collection_id: str | Literal[Unset.UNSET] | None = UNSET,
    ) -> BatchRequestInfo:
        """PUT description or collection link; see ``BatchService``."""
        body: dict[str, Any] = {}
        if description is not UNSET:
            body["description"] = description
        if collection_id is not UNSET:
            body["output"] = {"collectionId": collection_id}
        if body:
            call = Call("PUT", _request(request_id), "update batch request", request_id, body=body)
            if (echo := self._transport.parsed(call, _whole)) is not None:
                return echo
        return self.get_request(request_id)

    def touch_request(self, info: BatchRequestInfo) -> None:
        """PUT its description as it is; see ``BatchService``."""
        body = {"description": info.description or ""}
        self._transport.send(Call("PUT", _request(info.id), "update batch request", info.id, body=body))

    def delete_request(self, request_id: str) -> None:
        """DELETE. Raises NotFound, Conflict."""
        self._transport.send(Call("DELETE", _request(request_id), "delete batch request", request_id))

    def analyse(self, request_id: str) -> None:
        """Raises BadRequest when illegal in its state, NotFound, AnswerLost."""
        self._act(request_id, "analyse", "analyse batch request")

    def start(self, request_id: str) -> None:
        """Raises BadRequest when illegal in its state, NotFound, AnswerLost. Costs units."""
        self._act(request_id, "start", "start batch request")

    def cancel(self, request_id: str) -> None:
        """Raises BadRequest when illegal in its state, NotFound, AnswerLost."""
        self._act(request_id, "cancel", "cancel batch request", urgent=True)

    def restart_failed(self, request_id: str) -> None:
        """Raises BadRequest unless its status is PARTIAL, NotFound, AnswerLost. Costs units."""
        self._act(request_id, "restartpartial", "restart the failed tiles of batch request")

    # Tiles and grids

    def progress(
        self, info: BatchRequestInfo, files: ResultFiles, counted: Callable[[int], object] = unheard
    ) -> Progress | None:
        """How its tiles stand, by listing them."""
        tiles = self.tiles(info.id, files)
        return progress(tiles, batch_factor(info.tile_width_px, info.tile_height_px), counted)

    def tile_sizes(
        self,
        info: BatchRequestInfo,  # noqa: ARG002 - the protocol's
        files: ResultFiles,  # noqa: ARG002 - the protocol's
    ) -> Mapping[tuple[int, int], int] | None:
        """Not told: the service itself estimates the cost."""
        return None

    def tiles(
        self,
        request_id: str,
        files: ResultFiles,  # noqa: ARG002 - the protocol's
        *,
        status: str | None = None,
    ) -> Iterator[Tile]:
        """All tiles, in no order; empty before analysis."""
        path = f"{_request(request_id)}/tiles"
        what = "list the tiles of batch request"
        return self._items(path, what, tile, request_id, {"status": status})

    def tiling_grids(self) -> Iterator[TilingGrid]:
        """The grids that the account may use."""
        return self._items("/tilinggrids", "list tiling grids", tiling_grid)

    # Collections

    def create_collection(self, name: str, s3_bucket: str) -> CollectionInfo:
        """POST one batch collection; see ``BatchService``."""
        body = {"name": name, "s3Bucket": s3_bucket}
        call = Call("POST", "/collections", "create batch collection", name, body=body)
        return self._transport.parsed(call, collection_info)

    def get_collection(self, collection_id: str) -> CollectionInfo:
        """GET one collection. Raises NotFound."""
        call = Call("GET", _collection(collection_id), "read batch collection", collection_id)
        return self._transport.parsed(call, collection_info)

    def list_collections(self, search: str | None = None) -> Iterator[CollectionInfo]:
        """All batch collections of the account."""
        parse = collection_info
        return self._items("/collections", "list batch collections", parse, params={"search": search})

    def rename_collection(self, collection_id: str, name: str) -> None:
        """PUT the name. Raises NotFound."""
        path = _collection(collection_id)
        call = Call("PUT", path, "rename batch collection", collection_id, body={"name": name})
        self._transport.send(call)

    def delete_collection(self, collection_id: str) -> None:
        """DELETE. Raises NotFound; Conflict while a request uses it."""
        path = _collection(collection_id)
        self._transport.send(Call("DELETE", path, "delete batch collection", collection_id))

    def _act(self, request_id: str, action: str, what: str, *, urgent: bool = False) -> None:
        path = f"{_request(request_id)}/{action}"
        self._transport.send(Call("POST", path, what, request_id, urgent=urgent))

    def _items(
        self,
        path: str,
        what: str,
        parse: Callable[[Any], T],
        subject: str | None = None,
        params: Mapping[str, str | None] | None = None,
    ) -> Iterator[T]:
        given = {name: value for name, value in (params or {}).items() if value is not None}
        return items(self._transport, Call("GET", path, what, subject, params=given), parse)


def _whole(body: Any) -> BatchRequestInfo | None:
    """The request that an answer shows; None where it shows none, as a mere confirmation does."""
    try:
        return request_info(body)
    except BadAnswer:
        return None


def _request(request_id: str) -> str:
    return f"/process/{segment(request_id, 'batch request')}"


def _collection(collection_id: str) -> str:
    return f"/collections/{segment(collection_id, 'batch collection')}"
