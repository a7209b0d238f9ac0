"""The v1 batch endpoints [OpenAPI: /api/v1/batch]."""

from __future__ import annotations

from collections.abc import Callable

from flask import Response, jsonify, request

from ..jobs.refusals import not_found
from ..rest import EMPTY, Reply, body, caller, grid_of, page_of, selected
from ..routes import Route
from ..wire import Json, bad, expect, matches
from .checks import check_create
from .normalise import normalise
from .service import BatchV1
from .tiles import tiles

PREFIX = "/api/v1/batch"
ACTIONS = ("analyse", "start", "cancel", "restartpartial")
TILE_STATUSES = ("PENDING", "SCHEDULED", "QUEUED", "PROCESSING", "PROCESSED", "FAILED")


class ProcessApi:
    """Requests, their actions and tiles, and tiling grids.

    Args:
        batch: what is asked.
        data_exists: whether an account has a collection of that type, such as ``batch-<id>``.
    """

    def __init__(self, batch: BatchV1, data_exists: Callable[[str, str], bool]) -> None:
        self._batch = batch
        self._data_exists = data_exists
        self._limit = batch.life.options.page_limit
        actions = batch.actions
        verbs = (actions.analyse, actions.start, actions.cancel, actions.restart_partial)
        self._actions = dict(zip(ACTIONS, verbs, strict=True))

    def routes(self) -> list[Route]:
        """All routes."""
        every, one = f"{PREFIX}/process", f"{PREFIX}/process/<request_id>"
        return [
            ("POST", every, self.create),
            ("GET", every, self.list_all),
            ("GET", one, self.get),
            ("PUT", one, self.update),
            ("DELETE", one, self.delete),
            ("POST", f"{one}/<any({','.join(ACTIONS)}):action>", self.act),
            ("GET", f"{one}/tiles", self.tiles),
            ("GET", f"{one}/tiles/<tile_id>", self.tile),
            ("GET", f"{PREFIX}/tilinggrids", self.grids),
            ("GET", f"{PREFIX}/tilinggrids/<grid_id>", self.grid),
        ]

    def create(self) -> Reply:
        """POST: 201 or 400."""
        payload, who = body(), caller()
        check_create(payload, self._batch.pixels.grids(), lambda kind: self._data_exists(who.account, kind))
        return jsonify(self._batch.actions.create(who, normalise(payload))), 201

    def list_all(self) -> Response:
        """GET with the documented filters, and ``userid`` or ``userId`` [client evidence]."""
        found = selected(
            self._batch.store.views(caller()),
            (
                (_in_collection, "collectionId"),
                (_found, "search"),
                (_made_by, "userid"),
                (_made_by, "userId"),
            ),
        )
        return page_of(found, self._limit)

    def get(self, request_id: str) -> Response:
        """GET one."""
        return jsonify(self._batch.store.view(caller(), request_id))

    def update(self, request_id: str) -> Response:
        """PUT description and collection link."""
        changes = expect(body(), dict, "request")
        for name, kind in (("description", str), ("output", dict)):
            if changes.get(name) is not None:
                expect(changes[name], kind, name)
        known = {key: changes[key] for key in ("description", "output") if changes.get(key) is not None}
        return jsonify(self._batch.actions.update(caller(), request_id, known))

    def delete(self, request_id: str) -> tuple[str, int]:
        """DELETE: 204 or 409."""
        self._batch.actions.delete(caller(), request_id)
        return EMPTY

    def act(self, request_id: str, action: str) -> tuple[str, int]:
        """Any of the four user actions: 204 or 400."""
        self._actions[action](caller(), request_id)
        return EMPTY

    def tiles(self, request_id: str) -> Response:
        """GET tiles, all or by status."""
        found = tiles(self._batch.store, caller(), request_id)
        status = request.args.get("status")
        if status and status not in TILE_STATUSES:
            raise bad("status", f"Invalid status '{status}'.")
        if found is None:
            # Before analysis there is no `data` at all [client evidence].
            return jsonify({"links": {"@id": request.base_url}})
        return page_of([tile for tile in found if not status or tile["status"] == status], self._limit)

    def tile(self, request_id: str, tile_id: str) -> Response:
        """GET one tile."""
        for item in tiles(self._batch.store, caller(), request_id) or []:
            if str(item["id"]) == tile_id:
                return jsonify(item)
        raise not_found("batch tile", tile_id)

    def grids(self) -> Response:
        """GET tiling grids."""
        return page_of(self._batch.pixels.grids(), self._limit)

    def grid(self, grid_id: str) -> Response:
        """GET one tiling grid."""
        return jsonify(grid_of(self._batch.pixels.grids(), grid_id))


def _in_collection(view: Json, value: str) -> bool:
    return bool((view.get("output") or {}).get("collectionId") == value)


def _found(view: Json, value: str) -> bool:
    return matches(f"{view['id']} {view.get('description', '')}", value)


def _made_by(view: Json, value: str) -> bool:
    return bool(view["userId"] == value)
