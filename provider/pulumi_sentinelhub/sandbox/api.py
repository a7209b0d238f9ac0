"""The v1 batch endpoints [OpenAPI: /api/v1/batch]."""

from __future__ import annotations

import json
from typing import Any

from flask import Blueprint, Response, jsonify, request

from .batch_collections import Collections
from .checks import check_create, expect
from .engine import Engine, not_found
from .normalise import normalise
from .wire import ApiError, Json, bad, matches, page

PREFIX = "/api/v1/batch"
ACTIONS = ("analyse", "start", "cancel", "restartpartial")
SORTS = ("created", "created:desc", "status", "status:desc")
TILE_STATUSES = ("PENDING", "SCHEDULED", "QUEUED", "PROCESSING", "PROCESSED", "FAILED")


def _body() -> Any:
    """The decoded body. Raises ApiError (400, 415)."""
    if request.mimetype == "multipart/form-data":
        parts = {**request.form.to_dict(), **{name: part.read().decode() for name, part in request.files.items()}}
        payload = _decode(parts.get("request", ""))
        if "evalscript" in parts and isinstance(payload, dict):
            expect(payload.setdefault("processRequest", {}), dict, "processRequest")["evalscript"] = parts["evalscript"]
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


def _json(value: Json, status: int = 200) -> tuple[Response, int]:
    return jsonify(value), status


def _empty() -> tuple[str, int]:
    return "", 204


def process_blueprint(engine: Engine) -> Blueprint:
    """Requests, their actions and tiles, and tiling grids."""
    blueprint = Blueprint("process", __name__, url_prefix=PREFIX)
    limit = engine.options.page_limit

    @blueprint.post("/process")
    def create() -> tuple[Response, int]:
        payload = _body()
        known = {item["id"] for item in engine.collections.all()}
        check_create(payload, engine.pixels.grids(), known.__contains__)
        return _json(engine.create(normalise(payload)), 201)

    @blueprint.get("/process")
    def list_all() -> Response:
        found = engine.views()
        sort = request.args.get("sort")
        if sort is not None and sort not in SORTS:
            raise bad("sort", f"Invalid sort '{sort}'.")
        wanted = {
            "collectionId": lambda view, value: (view.get("output") or {}).get("collectionId") == value,
            "search": lambda view, value: matches(f"{view['id']} {view.get('description', '')}", value),
            "userid": lambda view, value: view["userId"] == value,
        }
        for name, test in wanted.items():
            value = request.args.get(name)
            if value:
                found = [view for view in found if test(view, value)]
        if sort is not None:
            member, _, direction = sort.partition(":")
            found.sort(key=lambda view: str(view[member]), reverse=direction == "desc")
        return _page(found, limit)

    @blueprint.get("/process/<request_id>")
    def get(request_id: str) -> Response:
        return jsonify(engine.view(request_id))

    @blueprint.put("/process/<request_id>")
    def update(request_id: str) -> Response:
        changes = expect(_body(), dict, "request")
        if changes.get("description") is not None:
            expect(changes["description"], str, "description")
        changes = {key: changes[key] for key in ("description", "output") if changes.get(key) is not None}
        if "output" in changes:
            expect(changes["output"], dict, "output")
        return jsonify(engine.update(request_id, changes))

    @blueprint.delete("/process/<request_id>")
    def delete(request_id: str) -> tuple[str, int]:
        engine.delete(request_id)
        return _empty()

    actions = dict(zip(ACTIONS, (engine.analyse, engine.start, engine.cancel, engine.restart_partial), strict=True))

    @blueprint.post(f"/process/<request_id>/<any({','.join(ACTIONS)}):action>")
    def act(request_id: str, action: str) -> tuple[str, int]:
        actions[action](request_id)
        return _empty()

    @blueprint.get("/process/<request_id>/tiles")
    def tiles(request_id: str) -> Response:
        found = engine.tiles(request_id)
        status = request.args.get("status")
        if status and status not in TILE_STATUSES:
            raise bad("status", f"Invalid status '{status}'.")
        if found is None:
            # Before analysis there is no `data` at all [client evidence].
            return jsonify({"links": {"@id": request.base_url}})
        return _page([tile for tile in found if not status or tile["status"] == status], limit)

    @blueprint.get("/process/<request_id>/tiles/<tile_id>")
    def tile(request_id: str, tile_id: str) -> Response:
        for item in engine.tiles(request_id) or []:
            if str(item["id"]) == tile_id:
                return jsonify(item)
        raise not_found("batch tile", tile_id)

    @blueprint.get("/tilinggrids")
    def grids() -> Response:
        return _page(engine.pixels.grids(), limit)

    @blueprint.get("/tilinggrids/<grid_id>")
    def grid(grid_id: str) -> Response:
        for item in engine.pixels.grids():
            if str(item["id"]) == grid_id:
                return jsonify(item)
        raise bad("id", f"Tiling grid with id {grid_id} does not exist.")

    return blueprint


def collections_blueprint(engine: Engine, collections: Collections) -> Blueprint:
    """Batch collections. Get and create answer ``{"data": ...}``: clients rely on it, whatever the contract says."""
    blueprint = Blueprint("collections", __name__, url_prefix=PREFIX)

    @blueprint.post("/collections")
    def create() -> tuple[Response, int]:
        payload = expect(_body(), dict, "request")
        name, bucket = (expect(payload.get(member), str, member) for member in ("name", "s3Bucket"))
        return _json({"data": collections.create(name, bucket)}, 201)

    @blueprint.get("/collections")
    def list_all() -> Response:
        search = request.args.get("search")
        found = [item for item in collections.all() if matches(f"{item['id']} {item['name']}", search)]
        return _page(found, engine.options.page_limit)

    @blueprint.get("/collections/<collection_id>")
    def get(collection_id: str) -> Response:
        return jsonify({"data": collections.get(collection_id)})

    @blueprint.put("/collections/<collection_id>")
    def update(collection_id: str) -> tuple[str, int]:
        collections.get(collection_id)
        payload = expect(_body(), dict, "request")
        if payload.get("name") is not None:
            collections.rename(collection_id, expect(payload["name"], str, "name"))
        return _empty()

    @blueprint.delete("/collections/<collection_id>")
    def delete(collection_id: str) -> tuple[str, int]:
        collections.get(collection_id)
        if engine.collection_in_use(collection_id):
            raise ApiError(409, "Batch collection is in use.")
        collections.delete(collection_id)
        return _empty()

    return blueprint
