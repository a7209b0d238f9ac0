"""The v2 batch endpoints [OpenAPI: /api/v2/batch, which is also called /batch/v2]."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from flask import Response, jsonify, request

from ..rest import EMPTY, Reply, body, caller, grid_of, selected
from ..routes import Route
from ..wire import ApiError, Json, expect, matches, page
from .checks import check_create
from .echo import masked, normalise
from .service import BatchV2
from .storage_checks import check_no_nulls

# [CDSE news, 2026: path structure] Links have the new form, whichever was called.
NEW_PREFIX = "/batch/v2"
PREFIXES = ("/api/v2/batch", NEW_PREFIX)
ACTIONS = ("analyse", "start", "stop")


class TaskApi:
    """Tasks, their actions, and tiling grids.

    Args:
        batch: what is asked.
        data_exists: whether an account has a collection of that type, such as ``byoc-<id>``.
    """

    def __init__(self, batch: BatchV2, data_exists: Callable[[str, str], bool]) -> None:
        self._batch = batch
        self._data_exists = data_exists
        self._limit = batch.life.options.page_limit
        actions = batch.actions
        self._actions = dict(zip(ACTIONS, (actions.analyse, actions.start, actions.stop), strict=True))

    def routes(self) -> list[Route]:
        """All routes, once for each form of the URL."""
        routes: list[Route] = [
            ("POST", "/process", self.create),
            ("GET", "/process", self.list_all),
            ("GET", "/process/<task_id>", self.get),
            ("PUT", "/process/<task_id>", self.update),
            ("POST", f"/process/<task_id>/<any({','.join(ACTIONS)}):action>", self.act),
            ("GET", "/tilinggrids", self.grids),
            ("GET", "/tilinggrids/<grid_id>", self.grid),
        ]
        return [(method, prefix + path, view) for prefix in PREFIXES for method, path, view in routes]

    def create(self) -> Reply:
        """POST: 201, 400, or 403 for too few PU."""
        payload, who = body(), caller()
        grids = self._batch.pixels.grids()
        try:
            check_create(payload, grids, lambda kind: self._data_exists(who.account, kind))
        except ApiError as error:
            # What is refused is given back, but no keys that it holds.
            error.errors = masked(error.errors)
            raise
        order = normalise(payload)
        self._batch.check_buckets(order)
        return jsonify(self._batch.actions.create(who, order)), 201

    def list_all(self) -> Response:
        """GET with the documented filters, and ``userid`` [client evidence]."""
        user = request.args.get("userid")
        listed = self._batch.store.listed(caller())
        views = [view for job, view in listed if not user or job.owner.user == user]
        return self._page(selected(views, ((_found, "search"),)), "/process")

    def get(self, task_id: str) -> Response:
        """GET one."""
        return jsonify(self._batch.store.view(caller(), task_id))

    def update(self, task_id: str) -> Response:
        """PUT a description, which alone can change; answers with the request, not with the task."""
        changes = expect(body(), dict, "request")
        check_no_nulls(changes)
        description = changes.get("description")
        if description is not None:
            expect(description, str, "description")
        return jsonify(self._batch.actions.update(caller(), task_id, description))

    def act(self, task_id: str, action: str) -> tuple[str, int]:
        """Any of the three user actions: 204, 400, or 403 for too few PU."""
        self._actions[action](caller(), task_id)
        return EMPTY

    def grids(self) -> Response:
        """GET tiling grids."""
        return self._page(self._batch.pixels.grids(), "/tilinggrids")

    def grid(self, grid_id: str) -> Response:
        """GET one tiling grid."""
        return jsonify(grid_of(self._batch.pixels.grids(), grid_id))

    def _page(self, items: list[Any], path: str) -> Response:
        url = request.host_url.rstrip("/") + NEW_PREFIX + path
        return jsonify(page(items, request.args.to_dict(), url, self._limit))


def _found(view: Json, value: str) -> bool:
    return matches(f"{view['id']} {view['request'].get('description', '')}", value)
