"""The v1 batch endpoints [OpenAPI: /api/v1/batch]."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

from flask import Blueprint, Response, g, jsonify, request

from .accounts import Caller
from .batch_collections import Collections
from .checks import check_create
from .engine import Engine, not_found
from .normalise import normalise
from .wire import ApiError, Json, bad, expect, matches, page

PREFIX = "/api/v1/batch"
ACTIONS = ("analyse", "start", "cancel", "restartpartial")
SORTS = ("created", "created:desc", "status", "status:desc")
TILE_STATUSES = ("PENDING", "SCHEDULED", "QUEUED", "PROCESSING", "PROCESSED", "FAILED")

Reply = tuple[Response, int]
EMPTY = ("", 204)


def _caller() -> Caller:
    """Who makes the call that is being answered; the sandbox has let it in."""
    caller = g.caller
    assert isinstance(caller, Caller)
    return caller


def _account() -> str:
    return _caller().account


def _body() -> Any:
    """The decoded body. Raises ApiError (400, 415)."""
    if request.mimetype == "multipart/form-data":
        files = {name: part.read().decode() for name, part in request.files.items()}
        parts = {**request.form.to_dict(), **files}
        payload = _decode(parts.get("request", ""))
        if "evalscript" in parts and isinstance(payload, dict):
            process = expect(payload.setdefault("processRequest", {}), dict, "processRequest")
            process["evalscript"] = parts["evalscript"]
        return payload
    if request.mimetype not in {"application/json", ""}:
        raise ApiError(415, f"Unsupported content type {request.mimetype}.")
    return _decode(request.get_data(as_text=True))


def _decode(text: str) -> Any:
    if not text.strip():
        raise ApiError(400, "Request body should be non-empty.")
    try:
        return json.loads(text)
    except ValueError as error:
        raise ApiError(400, f"Invalid JSON: {error}") from error


def _page(items: list[Any], limit: int) -> Response:
    return jsonify(page(items, request.args.to_dict(), request.base_url, limit))


class ProcessApi:
    """Requests, their actions and tiles, and tiling grids.

    Args:
        engine: what is asked.
        data_exists: whether an account has a collection of that type, such as ``batch-<id>``.
    """

    def __init__(self, engine: Engine, data_exists: Callable[[str, str], bool]) -> None:
        self._engine = engine
        self._data_exists = data_exists
        self._limit = engine.options.page_limit
        actions = (engine.analyse, engine.start, engine.cancel, engine.restart_partial)
        self._actions = dict(zip(ACTIONS, actions, strict=True))

    def blueprint(self) -> Blueprint:
        """All routes."""
        blueprint = Blueprint("process", __name__, url_prefix=PREFIX)
        one = "/process/<request_id>"
        for method, path, view in (
            ("POST", "/process", self.create),
            ("GET", "/process", self.list_all),
            ("GET", one, self.get),
            ("PUT", one, self.update),
            ("DELETE", one, self.delete),
            ("POST", f"{one}/<any({','.join(ACTIONS)}):action>", self.act),
            ("GET", f"{one}/tiles", self.tiles),
            ("GET", f"{one}/tiles/<tile_id>", self.tile),
            ("GET", "/tilinggrids", self.grids),
            ("GET", "/tilinggrids/<grid_id>", self.grid),
        ):
            blueprint.add_url_rule(path, view_func=view, methods=[method])
        return blueprint

    def create(self) -> Reply:
        """POST: 201 or 400."""
        payload = _body()
        account = _account()
        check_create(payload, self._engine.pixels.grids(), lambda kind: self._data_exists(account, kind))
        return jsonify(self._engine.create(_caller(), normalise(payload))), 201

    def list_all(self) -> Response:
        """GET with the documented filters, and ``userid`` or ``userId`` [client evidence]."""
        found = self._engine.views(_account())
        sort = request.args.get("sort")
        if sort is not None and sort not in SORTS:
            raise bad("sort", f"Invalid sort '{sort}'.")
        for view_matches, name in (
            (_in_collection, "collectionId"),
            (_found, "search"),
            (_made_by, "userid"),
            (_made_by, "userId"),
        ):
            value = request.args.get(name)
            if value:
                found = [view for view in found if view_matches(view, value)]
        if sort is not None:
            member, _, direction = sort.partition(":")
            found.sort(key=lambda view: str(view[member]), reverse=direction == "desc")
        return _page(found, self._limit)

    def get(self, request_id: str) -> Response:
        """GET one."""
        return jsonify(self._engine.view(_account(), request_id))

    def update(self, request_id: str) -> Response:
        """PUT description and collection link."""
        changes = expect(_body(), dict, "request")
        for name, kind in (("description", str), ("output", dict)):
            if changes.get(name) is not None:
                expect(changes[name], kind, name)
        known = {key: changes[key] for key in ("description", "output") if changes.get(key) is not None}
        return jsonify(self._engine.update(_account(), request_id, known))

    def delete(self, request_id: str) -> tuple[str, int]:
        """DELETE: 204 or 409."""
        self._engine.delete(_account(), request_id)
        return EMPTY

    def act(self, request_id: str, action: str) -> tuple[str, int]:
        """Any of the four user actions: 204 or 400."""
        self._actions[action](_account(), request_id)
        return EMPTY

    def tiles(self, request_id: str) -> Response:
        """GET tiles, all or by status."""
        found = self._engine.tiles(_account(), request_id)
        status = request.args.get("status")
        if status and status not in TILE_STATUSES:
            raise bad("status", f"Invalid status '{status}'.")
        if found is None:
            # Before analysis there is no `data` at all [client evidence].
            return jsonify({"links": {"@id": request.base_url}})
        return _page([tile for tile in found if not status or tile["status"] == status], self._limit)

    def tile(self, request_id: str, tile_id: str) -> Response:
        """GET one tile."""
        for item in self._engine.tiles(_account(), request_id) or []:
            if str(item["id"]) == tile_id:
                return jsonify(item)
        raise not_found("batch tile", tile_id)

    def grids(self) -> Response:
        """GET tiling grids."""
        return _page(self._engine.pixels.grids(), self._limit)

    def grid(self, grid_id: str) -> Response:
        """GET one tiling grid; unknown ones are a 400, no 404 is documented."""
        for item in self._engine.pixels.grids():
            if str(item["id"]) == grid_id:
                return jsonify(item)
        raise bad("id", f"Tiling grid with id {grid_id} does not exist.")


def _in_collection(view: Json, value: str) -> bool:
    return bool((view.get("output") or {}).get("collectionId") == value)


def _found(view: Json, value: str) -> bool:
    return matches(f"{view['id']} {view.get('description', '')}", value)


def _made_by(view: Json, value: str) -> bool:
    return bool(view["userId"] == value)


class CollectionsApi:
    """Batch collections. Get and create answer ``{"data": …}``: clients rely on it, against the contract.

    Args:
        engine: knows which collections are in use.
        collections: what is asked.
    """

    def __init__(self, engine: Engine, collections: Collections) -> None:
        self._engine = engine
        self._collections = collections

    def blueprint(self) -> Blueprint:
        """All routes."""
        blueprint = Blueprint("collections", __name__, url_prefix=PREFIX)
        one = "/collections/<collection_id>"
        for method, path, view in (
            ("POST", "/collections", self.create),
            ("GET", "/collections", self.list_all),
            ("GET", one, self.get),
            ("PUT", one, self.update),
            ("DELETE", one, self.delete),
        ):
            blueprint.add_url_rule(path, view_func=view, methods=[method])
        return blueprint

    def create(self) -> Reply:
        """POST: 201 or 400."""
        payload = expect(_body(), dict, "request")
        name, bucket = (expect(payload.get(member), str, member) for member in ("name", "s3Bucket"))
        return jsonify({"data": self._collections.create(_caller(), name, bucket)}), 201

    def list_all(self) -> Response:
        """GET all, or those that a search finds."""
        search = request.args.get("search")
        every = self._collections.all(_account())
        found = [item for item in every if matches(f"{item['id']} {item['name']}", search)]
        return _page(found, self._engine.options.page_limit)

    def get(self, collection_id: str) -> Response:
        """GET one."""
        return jsonify({"data": self._collections.get(_account(), collection_id)})

    def update(self, collection_id: str) -> tuple[str, int]:
        """PUT a new name."""
        self._collections.get(_account(), collection_id)
        payload = expect(_body(), dict, "request")
        if payload.get("name") is not None:
            self._collections.rename(_account(), collection_id, expect(payload["name"], str, "name"))
        return EMPTY

    def delete(self, collection_id: str) -> tuple[str, int]:
        """DELETE: 204, or 409 when it is in use."""
        self._collections.get(_account(), collection_id)
        if self._engine.collection_in_use(collection_id):
            raise ApiError(409, "Batch collection is in use.")
        self._collections.delete(_account(), collection_id)
        return EMPTY
