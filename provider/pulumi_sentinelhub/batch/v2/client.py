"""The batch service, API version 2, and the collections of one's own data that it writes into."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Any, Final, Literal, NoReturn, TypeVar

from ...config.settings import DeliveryKeys, Settings
from ...errors import BadAnswer, InputError
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
from ..http.transport import Transport
from ..writes import Writes
from . import files as result_files
from .codec import V2_API, account_of, collection_info, request_info
from .storage import ROLE, place_of, storages_of, with_keys

if TYPE_CHECKING:
    from requests.adapters import BaseAdapter

T = TypeVar("T")

# [batch API v2; clients check for 201 and for BYOC's statuses exactly: v2 reference, 2 and 8]
_READ, _CREATED, _WRITTEN = frozenset({200}), frozenset({201}), frozenset({204})
_DONE: Final = frozenset({200, 204})


class BatchClient:
    """Implements ``BatchService`` for API v2 over HTTP.

    Make one for the process and give each operation its own view of it by ``bound``: all share one token and
    one pool of connections. Safe to use from many threads.

    Args:
        settings: where to call and as whom, and the keys of the bucket.
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
        shared, patience = connection or Connection.to(settings, adapter), Patience(clock or SystemClock())
        self._batch = shared.transport(settings.deployment.paths.batch, patience)
        self._byoc = shared.transport(settings.deployment.paths.byoc, patience)
        self._keys = settings.delivery

    def __reduce__(self) -> NoReturn:
        raise TypeError("a client holds credentials and is never pickled")

    def bound(self, patience: Patience) -> BatchClient:
        """The same client within one operation's patience; no call is begun or waited for after it."""
        bound = BatchClient.__new__(BatchClient)
        bound._batch = replace(self._batch, patience=patience)  # noqa: SLF001 - ours
        bound._byoc = replace(self._byoc, patience=patience)  # noqa: SLF001 - ours
        bound._keys = self._keys  # noqa: SLF001 - ours
        return bound

    @property
    def generation(self) -> Generation:
        """API v2."""
        return V2_API

    # Account

    def account_id(self) -> str | None:
        """The account as the token names it; see ``BatchService``."""
        return account_in(self._batch.tokens.token(self._batch.patience))

    def account_of_requests(self) -> str | None:
        """The account that the newest visible request belongs to; see ``BatchService``."""
        newest = next(self.list_requests(sort="created:desc"), None)
        return account_of(newest) if newest is not None else None

    # Requests

    def create_request(self, payload: Mapping[str, Any]) -> BatchRequestInfo:
        """POST one request, with the keys of the bucket where they are configured; see ``BatchService``.

        Raises:
            InputError: there are both keys and a role.
        """
        seal = _sealing(payload, self._keys)
        what = "create batch request"
        call = Call("POST", "/process", what, body=dict(payload), seal=seal, expects=_CREATED)
        return self._batch.parsed(call, request_info)

    def get_request(self, request_id: str) -> BatchRequestInfo:
        """GET one request. Raises NotFound."""
        call = Call("GET", _request(request_id), "read batch request", request_id, expects=_READ)
        return self._batch.parsed(call, request_info)

    def list_requests(
        self, *, search: str | None = None, sort: str | None = None, collection_id: str | None = None
    ) -> Iterator[BatchRequestInfo]:
        """All requests, page by page as they are taken; see ``BatchService``.

        The service has no filter by collection, and its newer edition documents none by words.
        """
        params = {"search": search, "sort": sort}
        found = _items(self._batch, "/process", "list batch requests", request_info, params)
        return (info for info in found if collection_id is None or info.collection_id == collection_id)

    def newest_requests(self, token: str | None = None) -> Page[BatchRequestInfo]:
        """One page of the list, the newest first; see ``BatchService``."""
        call = Call("GET", "/process", "list batch requests", params={"sort": "created:desc"}, expects=_READ)
        return page(self._batch, call, request_info, token)

    @property
    def writes(self) -> Writes:
        """What this process has written; see ``BatchService``."""
        return self._batch.writes

    def update_request(
        self,
        request_id: str,
        *,
        description: str | Literal[Unset.UNSET] = UNSET,
        collection_id: str | Literal[Unset.UNSET] | None = UNSET,
    ) -> BatchRequestInfo:
        """PUT the description; see ``BatchService``. What is answered is not the task, so it is read again.

        Raises:
            InputError: the collection is to be changed.
        """
        if collection_id is not UNSET:
            raise _cannot("change the collection of batch request", request_id, "Make a new request")
        if description is not UNSET:
            self._describe(request_id, description)
        return self.get_request(request_id)

    def touch_request(self, info: BatchRequestInfo) -> None:
        """PUT its description as it is; see ``BatchService``."""
        self._describe(info.id, info.description or "")

    def delete_request(self, request_id: str) -> None:
        """Raises InputError: API v2 deletes nothing."""
        next_step = "Stop it; the service removes its record in time"
        raise _cannot("delete batch request", request_id, next_step)

    def analyse(self, request_id: str) -> None:
        """Raises BadRequest when illegal in its state, NotFound, AnswerLost."""
        self._act(request_id, "analyse", "analyse batch request")

    def start(self, request_id: str) -> None:
        """Also of what was stopped, which goes on. Costs units.

        Raises BadRequest when illegal in its state, NotFound, AnswerLost.
        """
        self._act(request_id, "start", "start batch request")

    def cancel(self, request_id: str) -> None:
        """Raises BadRequest when illegal in its state, NotFound, AnswerLost."""
        self._act(request_id, "stop", "stop batch request", urgent=True)

    def restart_failed(self, request_id: str) -> None:
        """Raises InputError: API v2 cannot."""
        next_step = "Make a new request with skipExisting, which computes only what is missing"
        raise _cannot("restart the failed tiles of batch request", request_id, next_step)

    # Tiles and grids

    def progress(
        self,
        info: BatchRequestInfo,
        files: ResultFiles,
        counted: Callable[[int], object] = unheard,
    ) -> Progress | None:
        """How its features stand, by the execution database in the bucket; see ``v2.files``."""
        return result_files.progress(info, files, counted)

    def tile_sizes(self, info: BatchRequestInfo, files: ResultFiles) -> Mapping[tuple[int, int], int] | None:
        """By the feature manifest in the bucket; None where there is none."""
        return result_files.tile_sizes(info, files)

    def tiles(self, request_id: str, files: ResultFiles, *, status: str | None = None) -> Iterator[Tile]:
        """All features, by manifest and execution database; empty before analysis."""
        return result_files.tiles(self.get_request(request_id), files, status=status)

    def tiling_grids(self) -> Iterator[TilingGrid]:
        """The grids that the account may use."""
        return _items(self._batch, "/tilinggrids", "list tiling grids", tiling_grid)

    # Collections

    def create_collection(self, name: str, s3_bucket: str) -> CollectionInfo:
        """POST one BYOC collection; see ``BatchService``."""
        body = {"name": name, "s3Bucket": s3_bucket}
        what = "create BYOC collection"
        call = Call("POST", "/collections", what, name, body=body, expects=_CREATED)
        return self._byoc.parsed(call, collection_info)

    def get_collection(self, collection_id: str) -> CollectionInfo:
        """GET one collection. Raises NotFound."""
        path = _collection(collection_id)
        call = Call("GET", path, "read BYOC collection", collection_id, expects=_READ)
        return self._byoc.parsed(call, collection_info)

    def list_collections(self, search: str | None = None) -> Iterator[CollectionInfo]:
        """All BYOC collections of the account."""
        params = {"search": search}
        return _items(self._byoc, "/collections", "list BYOC collections", collection_info, params)

    def rename_collection(self, collection_id: str, name: str) -> None:
        """PUT the name, and what a PUT would else take away. Raises NotFound.

        The bucket has to be said again, and a ``noData`` that is not said is deleted; bands stay as they are
        where they are left out [BYOC API: BYOCCollectionUpdatePayload].
        """
        what = "rename BYOC collection"
        before = self.get_collection(collection_id)
        path = _collection(collection_id)
        if before.s3_bucket is None:
            raise Call("GET", path, what, collection_id).error(BadAnswer, "the collection shows no s3Bucket")
        body: dict[str, Any] = {"name": name, "s3Bucket": before.s3_bucket}
        if before.raw.get("noData") is not None:
            body["noData"] = before.raw["noData"]
        self._byoc.send(Call("PUT", path, what, collection_id, body=body, expects=_WRITTEN))

    def delete_collection(self, collection_id: str) -> None:
        """DELETE; the objects in the bucket stay. Raises NotFound."""
        path = _collection(collection_id)
        call = Call("DELETE", path, "delete BYOC collection", collection_id, expects=_WRITTEN)
        self._byoc.send(call)

    def _describe(self, request_id: str, description: str) -> None:
        body = {"description": description}
        call = Call("PUT", _request(request_id), "update batch request", request_id, body=body)
        self._batch.send(replace(call, expects=_DONE))

    def _act(self, request_id: str, action: str, what: str, *, urgent: bool = False) -> None:
        path = f"{_request(request_id)}/{action}"
        self._batch.send(Call("POST", path, what, request_id, expects=_DONE, urgent=urgent))


def _items(
    transport: Transport,
    path: str,
    what: str,
    parse: Callable[[Any], T],
    params: Mapping[str, str | None] | None = None,
) -> Iterator[T]:
    given = {name: value for name, value in (params or {}).items() if value is not None}
    return items(transport, Call("GET", path, what, params=given, expects=_READ), parse)


def _sealing(payload: Mapping[str, Any], keys: DeliveryKeys | None) -> Callable[[Any], Any]:
    """Puts the keys into a body as it is sent. Raises InputError where there is a role, too."""
    if keys is None:
        return lambda body: body
    if any(place_of(storage).get(ROLE) is not None for storage in storages_of(payload)):
        raise InputError(
            "the service is let into the bucket in two ways",
            subject="role_arn",
            why=f"sentinelhub:deliveryAccessKeyId is configured, too (in the {keys.source}), and the service "
            "takes a role or keys",
            next_step="Leave out role_arn, or remove sentinelhub:deliveryAccessKeyId and "
            "sentinelhub:deliverySecretAccessKey",
        )
    return partial(with_keys, keys=keys)


def _cannot(what: str, subject: str, next_step: str) -> InputError:
    return InputError(
        f"cannot {what}", subject=subject, why="batch API v2 has no such call", next_step=next_step
    )


def _request(request_id: str) -> str:
    return f"/process/{segment(request_id, 'batch request')}"


def _collection(collection_id: str) -> str:
    return f"/collections/{segment(collection_id, 'BYOC collection')}"
