"""What all API endpoints have in common: who calls, bodies, pages, lists."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from typing import Any

from flask import Response, g, jsonify, request

from .accounts import Caller
from .wire import ApiError, Json, bad, expect, page

Reply = tuple[Response, int]
EMPTY = ("", 204)
SORTS = ("created", "created:desc", "status", "status:desc")

Filter = tuple[Callable[[Json, str], bool], str]


def caller() -> Caller:
    """Who makes the call that is being answered; the sandbox has let it in."""
    who = g.caller
    assert isinstance(who, Caller)
    return who


def body() -> Any:
    """The decoded body: JSON, or a form of `request` and `evalscript`. Raises ApiError (400, 415)."""
    if request.mimetype == "multipart/form-data":
        files = {name: part.read().decode() for name, part in request.files.items()}
        parts = {**request.form.to_dict(), **files}
        payload = _decode(parts.get("request", ""))
        if "evalscript" in parts and isinstance(payload, dict):
            process = expect(payload.setdefault("processRequest", {}), dict, "processRequest")
            process["evalscript"] = parts["evalscript"]
        return payload
    return json_body()


def json_body() -> Any:
    """The same where no form is taken. Raises ApiError (400, 415)."""
    if request.mimetype not in {"application/json", ""}:
        raise ApiError(415, f"Unsupported content type {request.mimetype}.")
    return _decode(request.get_data(as_text=True))


def _decode(text: str) -> Any:
    """The value of a JSON text. Raises ApiError (400), also for the numbers that JSON does not have."""
    if not text.strip():
        raise ApiError(400, "Request body should be non-empty.")
    try:
        return json.loads(text, parse_constant=_no_number)
    except ValueError as error:
        raise ApiError(400, f"Invalid JSON: {error}") from error


def _no_number(name: str) -> None:
    raise ValueError(f"{name} is no number of JSON's")


def page_of(items: list[Any], limit: int) -> Response:
    """One page of a list, by the call's query. Raises ApiError (400)."""
    return jsonify(page(items, request.args.to_dict(), request.base_url, limit))


def selected(views: list[Json], filters: Sequence[Filter]) -> list[Json]:
    """Those views that pass all filters of the call's query, sorted as it asks. Raises ApiError (400)."""
    sort = request.args.get("sort")
    if sort is not None and sort not in SORTS:
        raise bad("sort", f"Invalid sort '{sort}'.")
    for passes, name in filters:
        value = request.args.get(name)
        if value:
            views = [view for view in views if passes(view, value)]
    if sort is not None:
        member, _, direction = sort.partition(":")
        views = sorted(views, key=lambda view: str(view[member]), reverse=direction == "desc")
    return views


def grid_of(grids: list[Json], grid_id: str) -> Json:
    """One tiling grid. Raises ApiError: unknown ones are a 400, no 404 is documented."""
    for item in grids:
        if str(item["id"]) == grid_id:
            return item
    raise bad("id", f"Tiling grid with id {grid_id} does not exist.")
