"""The endpoints of v1 batch collections [OpenAPI: /api/v1/batch/collections]."""

from __future__ import annotations

from flask import Response, jsonify, request

from ..rest import EMPTY, Reply, body, caller, page_of
from ..routes import Route
from ..wire import ApiError, expect, matches
from .api import PREFIX
from .linked import in_use
from .service import BatchV1


class CollectionsApi:
    """Batch collections. Get and create answer ``{"data": …}``: clients rely on it, against the contract.

    Args:
        batch: knows the collections, and which of them are in use.
    """

    def __init__(self, batch: BatchV1) -> None:
        self._batch = batch
        self._collections = batch.collections

    def routes(self) -> list[Route]:
        """All routes."""
        every, one = f"{PREFIX}/collections", f"{PREFIX}/collections/<collection_id>"
        return [
            ("POST", every, self.create),
            ("GET", every, self.list_all),
            ("GET", one, self.get),
            ("PUT", one, self.update),
            ("DELETE", one, self.delete),
        ]

    def create(self) -> Reply:
        """POST: 201 or 400."""
        payload = expect(body(), dict, "request")
        name, bucket = (expect(payload.get(member), str, member) for member in ("name", "s3Bucket"))
        return jsonify({"data": self._collections.create(caller(), name, bucket)}), 201

    def list_all(self) -> Response:
        """GET all, or those that a search finds."""
        search = request.args.get("search")
        every = self._collections.all(caller().account)
        found = [item for item in every if matches(f"{item['id']} {item['name']}", search)]
        return page_of(found, self._batch.life.options.page_limit)

    def get(self, collection_id: str) -> Response:
        """GET one."""
        return jsonify({"data": self._collections.get(caller().account, collection_id)})

    def update(self, collection_id: str) -> tuple[str, int]:
        """PUT a new name."""
        self._collections.get(caller().account, collection_id)
        payload = expect(body(), dict, "request")
        if payload.get("name") is not None:
            self._collections.rename(caller().account, collection_id, expect(payload["name"], str, "name"))
        return EMPTY

    def delete(self, collection_id: str) -> tuple[str, int]:
        """DELETE: 204, or 409 when it is in use."""
        self._collections.get(caller().account, collection_id)
        if in_use(self._batch.store, collection_id):
            raise ApiError(409, "Batch collection is in use.")
        self._collections.delete(caller().account, collection_id)
        return EMPTY
