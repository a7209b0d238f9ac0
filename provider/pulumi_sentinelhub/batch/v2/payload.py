"""The payload of API v2, made from the words that declarations have for all generations.

==================================  =========================================================================
declared                            payload
==================================  =========================================================================
``tiling_grid``                     ``input``, of type tiling-grid
``features``                        ``input``, of type geopackage
``bucket_name`` b                   ``output``, of type raster, delivered to ``s3://b``
``output.defaultTilePath``          ``output``, of type raster, delivered there; ``region`` goes with it
``output``, all else                the same, beside; tiles of COGs are written out, since editions of the
                                    service differ in what they are by default
``zarr_output.path``                ``output``, of type zarr, delivered there; ``region`` goes with it
``zarr_output``, all else           the same, beside
``role_arn``                        ``iamRoleARN`` of each storage object
==================================  =========================================================================

[v2 reference, 9; batch API v2: BatchV2ProcessRequest]
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from ...errors import InputError
from ..api import REQUEST_INPUTS, Spec
from ..echoes import without_defaults
from ..inputs import SCHEME
from ..mark import unmarked
from .storage import ROLE, holds_keys, place_of, storage_at, without_access

MEMBERS: Final = ("processRequest", "input", "output", "description")
GRID, GEOPACKAGE = "tiling-grid", "geopackage"
RASTER, ZARR = "raster", "zarr"
#: Pixels of a COG's inner tiles, along each side: v1's default [batch API v1: blockxsize].
_BLOCK: Final = 1024
_BLOCKS: Final = ("blockxsize", "blockysize")


def payload_of(inputs: Mapping[str, Any]) -> dict[str, Any]:
    """The payload that the declared inputs ask for, without keys.

    Raises:
        InputError: API v2 has no way to say what they ask for.
    """
    _expect_sayable(inputs)
    payload: dict[str, Any] = _without_nulls(_translated(inputs))
    return payload


def inputs_of(payload: Mapping[str, Any]) -> dict[str, Any]:
    """The declared inputs that ask for a payload or its echo, without keys and mark: inverse of `payload_of`.

    Args:
        payload: a payload, or a task that holds one in ``request``.
    """
    payload = unmarked(_request(payload))
    delivery = place_of(_member(payload.get("output"), "delivery"))
    features = place_of(_member(payload.get("input"), "features"))
    inputs = {
        "process_request": payload.get("processRequest"),
        **_input_inputs(payload.get("input")),
        **_output_inputs(payload.get("output"), delivery),
        "role_arn": delivery.get(ROLE) or features.get(ROLE),
        "description": payload.get("description"),
    }
    return {name: inputs[name] for name in REQUEST_INPUTS if inputs.get(name) is not None}


def declared_spec(inputs: Mapping[str, Any]) -> Spec:
    """What declared inputs ask for; unlike ``payload_of`` also where API v2 cannot say it."""
    given = {name: inputs[name] for name in REQUEST_INPUTS if inputs.get(name) is not None}
    if isinstance(request := given.get("process_request"), Mapping):
        given["process_request"] = unmarked({"processRequest": request})["processRequest"]
    return Spec(given, _parts(_translated(given)))


def spec_of(payload: Mapping[str, Any]) -> Spec:
    """What a payload or its echo asks to be computed and where."""
    return Spec(inputs_of(payload), _parts(unmarked(_request(payload))))


def _expect_sayable(inputs: Mapping[str, Any]) -> None:
    output = inputs.get("output")
    path = _member(output, "defaultTilePath")
    if isinstance(path, str) and "<tileId>" in path:
        raise InputError(
            "API v2 has no <tileId>",
            subject="output.defaultTilePath",
            why="tiles and features have names alone there",
            next_step="Write <tileName> instead",
        )
    if any(_member(response, "tilePath") is not None for response in _list(_member(output, "responses"))):
        raise InputError(
            "API v2 has one path for all responses",
            subject="output.responses",
            why="tilePath of a single response does not exist there",
            next_step="Leave it out, and put <outputId> into output.defaultTilePath",
        )
    if holds_keys(inputs.get("features")):
        raise InputError(
            "keys do not belong into a declaration, whose inputs are kept in the state",
            subject="features",
            next_step="Set sentinelhub:deliveryAccessKeyId and sentinelhub:deliverySecretAccessKey instead",
        )
    places = (path, _member(inputs.get("zarr_output"), "path"), place_of(inputs.get("features")).get("url"))
    if any(isinstance(place, str) and place.startswith("gs://") for place in places):
        raise InputError(
            "results and features can only be in S3 here",
            why="for Google's storage the service wants a key in the request",
            next_step="Give a URL of an S3 bucket",
        )


def _translated(inputs: Mapping[str, Any]) -> dict[str, Any]:
    """The payload, as far as it can be said; values of the wrong type stay as they are."""
    role = inputs.get("role_arn")
    members = {
        "processRequest": inputs.get("process_request"),
        "input": _input(inputs, role),
        "output": _output(inputs, role),
        "description": inputs.get("description"),
    }
    return {name: value for name, value in members.items() if value is not None}


def _input(inputs: Mapping[str, Any], role: Any) -> Any:
    features, grid = inputs.get("features"), inputs.get("tiling_grid")
    if isinstance(features, Mapping):
        place = dict(place_of(features))
        storage = storage_at(place.pop("url", None), place.pop("region", None), role)
        storage = {kind: {**place, **known} for kind, known in storage.items()}
        rest = {name: value for name, value in features.items() if name not in ("s3", "gs")}
        return {"type": GEOPACKAGE, "features": storage, **rest}
    if features is not None:
        return features
    return {"type": GRID, **grid} if isinstance(grid, Mapping) else grid


def _output(inputs: Mapping[str, Any], role: Any) -> Any:
    zarr, output, bucket = inputs.get("zarr_output"), inputs.get("output"), inputs.get("bucket_name")
    if isinstance(zarr, Mapping):
        return _delivered(ZARR, zarr, "path", role)
    if isinstance(output, Mapping):
        return _with_blocks(_delivered(RASTER, output, "defaultTilePath", role))
    if bucket is not None:
        return {"type": RASTER, "delivery": storage_at(bucket, None, role)}
    return zarr if zarr is not None else output


def _delivered(kind: str, declared: Mapping[str, Any], path: str, role: Any) -> dict[str, Any]:
    rest = {name: value for name, value in declared.items() if name not in (path, "region")}
    delivery = storage_at(declared.get(path), declared.get("region"), role)
    return {"type": kind, "delivery": delivery, **rest}


def _with_blocks(output: dict[str, Any]) -> dict[str, Any]:
    """COG tiles written out, unless for a collection, which takes no such parameter [batch API v1]."""
    parameters = output.get("cogParameters")
    if output.get("cogOutput") is not True or not isinstance(parameters, (Mapping, type(None))):
        return output
    if output.get("createCollection") or output.get("collectionId") is not None:
        return output
    given = {name: value for name, value in (parameters or {}).items() if value is not None}
    return {**output, "cogParameters": {**dict.fromkeys(_BLOCKS, _BLOCK), **given}}


def _request(payload: Mapping[str, Any]) -> Mapping[str, Any]:
    """The payload itself, or the one that a task shows."""
    request = payload.get("request")
    return request if isinstance(request, Mapping) else payload


def _input_inputs(source: Any) -> dict[str, Any]:
    if not isinstance(source, Mapping):
        return {}
    rest = {name: value for name, value in source.items() if name != "type"}
    if source.get("type") == GEOPACKAGE:
        storage = without_access(rest.pop("features", None))
        return {"features": {**(storage if isinstance(storage, Mapping) else {}), **rest}}
    return {"tiling_grid": rest}


def _output_inputs(output: Any, delivery: Mapping[str, Any]) -> dict[str, Any]:
    if not isinstance(output, Mapping):
        return {}
    rest = {name: value for name, value in output.items() if name not in ("type", "delivery")}
    place = {"region": delivery["region"]} if delivery.get("region") is not None else {}
    url = delivery.get("url")
    if output.get("type") == ZARR:
        return {"zarr_output": {"path": url, **place, **rest}}
    if isinstance(url, str) and not place and not without_defaults(rest):
        bucket = url.removeprefix(SCHEME).rstrip("/")
        if url.startswith(SCHEME) and bucket and "/" not in bucket:
            return {"bucket_name": bucket}
    return {"output": {"defaultTilePath": url, **place, **rest}}


def _parts(payload: Mapping[str, Any]) -> dict[str, Any]:
    """What is compared: without defaults, description, and by whom and how the bucket is opened."""
    members = {name: payload[name] for name in ("processRequest", "input", "output") if name in payload}
    source, output = members.get("input"), members.get("output")
    if isinstance(source, Mapping) and "features" in source:
        members["input"] = {**source, "features": _comparable(source["features"])}
    if isinstance(output, Mapping):
        output = {**output, "delivery": _comparable(output.get("delivery"))}
        if output.get("createCollection"):
            # The service may show the one that it has made [v2 reference, 10].
            output.pop("collectionId", None)
        members["output"] = output
    parts: dict[str, Any] = without_defaults(members)
    return parts


def _comparable(storage: Any) -> Any:
    plain = without_access(storage)
    if not isinstance(plain, Mapping):
        return plain
    return {kind: _without_slash(place) for kind, place in plain.items()}


def _without_slash(place: Any) -> Any:
    url = _member(place, "url")
    return {**place, "url": url.rstrip("/")} if isinstance(url, str) else place


def _without_nulls(value: Any) -> Any:
    """Without members that are null, which the service refuses [v2 reference, 2]."""
    if isinstance(value, Mapping):
        return {name: _without_nulls(member) for name, member in value.items() if member is not None}
    if isinstance(value, (list, tuple)):
        return [_without_nulls(member) for member in value]
    return value


def _member(value: Any, name: str) -> Any:
    return value.get(name) if isinstance(value, Mapping) else None


def _list(value: Any) -> list[Any]:
    return list(value) if isinstance(value, (list, tuple)) else []
