"""The BYOC endpoints, under their old and their new path [OpenAPI: /api/v1/byoc; N-PATH: /byoc/v1]."""

from __future__ import annotations

from collections.abc import Callable

from flask import Response, g, jsonify, request

from ..accounts import Caller
from ..rest import json_body
from ..routes import Route
from ..wire import Json, bad, expect, matches, page
from .bands import number_or_none, parse_bands
from .collections import ByocCollections, CollectionWish
from .geometry import check_cover
from .model import SensingTime, TileStatus, TileWish, check_path

PREFIXES = ("/api/v1/byoc", "/byoc/v1")
METADATA_PREFIXES = ("/api/v1/metadata", "/metadata/v1")
LARGEST_PAGE = 100
TILE_SORTS = ("created:asc", "created:desc", "path:asc", "path:desc")
TILE_STATUSES = (*TileStatus.__members__, "QUEUED")

Reply = tuple[Response, int]
Empty = tuple[str, int]
EMPTY: Empty = ("", 204)


def _caller() -> Caller:
    caller = g.caller
    assert isinstance(caller, Caller)
    return caller


def _account() -> str:
    return _caller().account


def _body() -> Json:
    """The decoded body. Raises ApiError (400, 415)."""
    return dict(expect(json_body(), dict, "request"))


def _page(items: list[Json]) -> Response:
    count = request.args.get("count", "")
    if count.isdigit() and int(count) > LARGEST_PAGE:
        raise bad("count", f"Must be between 1 and {LARGEST_PAGE}.")
    return jsonify(page(items, request.args.to_dict(), request.base_url, LARGEST_PAGE))


class ByocApi:
    """Collections, their tiles and where they are.

    Read-only members of payloads are ignored, null is nothing.

    Args:
        collections: what is asked.
        location: where this deployment is, such as ``aws-eu-central-1``.
        batch_collection: a v1 batch collection of an account by id; raises ApiError (404).
    """

    def __init__(
        self, collections: ByocCollections, location: str, batch_collection: Callable[[str, str], Json]
    ) -> None:
        self._collections = collections
        self._location = location
        self._batch_collection = batch_collection

    def routes(self) -> list[Route]:
        """All routes, under each of their paths."""
        one, tile = "/collections/<collection_id>", "/collections/<collection_id>/tiles/<tile_id>"
        byoc: list[Route] = [
            ("POST", "/collections", self.create),
            ("GET", "/collections", self.list_all),
            ("GET", one, self.get),
            ("PUT", one, self.update),
            ("DELETE", one, self.delete),
            ("POST", f"{one}/copyTiles", self.copy_tiles),
            ("POST", f"{one}/tiles", self.create_tile),
            ("GET", f"{one}/tiles", self.list_tiles),
            ("GET", tile, self.get_tile),
            ("PUT", tile, self.update_tile),
            ("DELETE", tile, self.delete_tile),
            ("POST", f"{tile}/reingest", self.reingest),
            ("GET", "/global/<collection_id>", self.where),
        ]
        metadata: list[Route] = [
            ("GET", "/collection/<any(byoc, batch):family>-<collection_id>", self.metadata)
        ]
        return [
            (method, prefix + path, view)
            for prefixes, routes in ((PREFIXES, byoc), (METADATA_PREFIXES, metadata))
            for prefix in prefixes
            for method, path, view in routes
        ]

    def create(self) -> Reply:
        """POST a collection: 201 or 400."""
        return jsonify({"data": self._collections.create(_caller(), _collection_wish(_body()))}), 201

    def list_all(self) -> Response:
        """GET collections, all or those that a search finds."""
        search = request.args.get("search")
        every = self._collections.all(_account())
        return _page([item for item in every if matches(f"{item['id']} {item['name']}", search)])

    def get(self, collection_id: str) -> Response:
        """GET one."""
        return jsonify({"data": self._collections.get(_account(), collection_id)})

    def update(self, collection_id: str) -> Empty:
        """PUT: 204, 400, 404 or 409."""
        self._collections.get(_account(), collection_id)
        self._collections.update(_account(), collection_id, _collection_wish(_body()))
        return EMPTY

    def delete(self, collection_id: str) -> Empty:
        """DELETE: 204 or 404."""
        self._collections.delete(_account(), collection_id)
        return EMPTY

    def copy_tiles(self, collection_id: str) -> Empty:
        """POST copyTiles: 204, 400 or 404."""
        target = request.args.get("toCollection")
        if not target:
            raise bad("toCollection", "Query parameter toCollection is missing.")
        self._collections.copy_tiles(_account(), collection_id, target)
        return EMPTY

    def create_tile(self, collection_id: str) -> Reply:
        """POST a tile: 201, 400, 404 or 409."""
        self._collections.get(_account(), collection_id)
        body = _body()
        wish = _tile_wish(body, check_path(body.get("path")))
        return jsonify({"data": self._collections.create_tile(_account(), collection_id, wish)}), 201

    def list_tiles(self, collection_id: str) -> Response:
        """GET tiles, all or those of a path or status, in an order."""
        found = self._collections.tiles(_account(), collection_id)
        path, sort = request.args.get("path"), request.args.get("sort")
        # The contract has the status as JSON, so it may come in quotes.
        status = (request.args.get("status") or "").strip('"')
        if status and status not in TILE_STATUSES:
            raise bad("status", f"Invalid status '{status}'.")
        if sort and sort not in TILE_SORTS:
            raise bad("sort", f"Invalid sort '{sort}'.")
        found = [tile for tile in found if path is None or tile["path"] == path]
        found = [tile for tile in found if not status or tile["status"] == status]
        if sort:
            member, _, direction = sort.partition(":")
            found.sort(key=lambda tile: str(tile[member]), reverse=direction == "desc")
        return _page(found)

    def get_tile(self, collection_id: str, tile_id: str) -> Response:
        """GET one tile."""
        return jsonify({"data": self._collections.tile(_account(), collection_id, tile_id)})

    def update_tile(self, collection_id: str, tile_id: str) -> Empty:
        """PUT a tile: 204, 400 or 404."""
        path = str(self._collections.tile(_account(), collection_id, tile_id)["path"])
        self._collections.update_tile(_account(), collection_id, tile_id, _tile_wish(_body(), path))
        return EMPTY

    def delete_tile(self, collection_id: str, tile_id: str) -> Empty:
        """DELETE a tile: 204 or 404."""
        self._collections.delete_tile(_account(), collection_id, tile_id)
        return EMPTY

    def reingest(self, collection_id: str, tile_id: str) -> Empty:
        """POST reingest: 204, 400 or 404."""
        self._collections.reingest(_account(), collection_id, tile_id)
        return EMPTY

    def where(self, collection_id: str) -> Response:
        """GET which deployment has a collection."""
        self._collections.get(_account(), collection_id)
        return jsonify({"data": {"id": collection_id, "location": self._location}})

    def metadata(self, family: str, collection_id: str) -> Response:
        """GET what a data type is: its place and its bands [S-PLANET: BYOCCollectionMetadata]."""
        if family == "byoc":
            item = self._collections.get(_account(), collection_id)
        else:
            item = self._batch_collection(_account(), collection_id)
        bands = item["additionalData"].get("bands", {})
        return jsonify(
            {
                "@id": request.base_url,
                "id": collection_id,
                "location": {"id": self._location, "url": request.host_url.rstrip("/")},
                "datasetType": "custom",
                "bands": [
                    {"name": name, "sampleType": f"{band['sampleFormat']}{band['bitDepth']}"}
                    for name, band in bands.items()
                ],
            }
        )


def _collection_wish(body: Json) -> CollectionWish:
    """Raises ApiError (400)."""
    name, bucket = (expect(body.get(member), str, member) for member in ("name", "s3Bucket"))
    for member, value in (("name", name), ("s3Bucket", bucket)):
        if not value.strip():
            raise bad(member, f"{member} must not be empty.")
    bands, storage = None, None
    if body.get("additionalData") is not None:
        additional = expect(body["additionalData"], dict, "additionalData")
        bands = parse_bands(additional.get("bands"), "additionalData->bands")
        storage = additional.get("storageIdentifier")
        if storage is not None:
            expect(storage, str, "additionalData->storageIdentifier")
    return CollectionWish(name, bucket, bands, number_or_none(body.get("noData"), "noData"), storage)


def _tile_wish(body: Json, path: str) -> TileWish:
    """Raises ApiError (400)."""
    cover = check_cover(body.get("coverGeometry"), "coverGeometry")
    return TileWish(path, cover, SensingTime.parse(body.get("sensingTime"), "sensingTime"))
