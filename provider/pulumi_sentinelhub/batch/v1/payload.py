"""The API payload of a batch request, and when two payloads ask for the same.

The service echoes a normalised payload: defaults filled in, older names of collections, a CRS inside
geometries [observed echoes, v1 and v2]. The canonical form removes that, so that a declaration can be
recognised in the echo.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from typing import Any, Final

from ...values import normalise
from ..legacy_types import LEGACY_TYPES
from ..mark import unmarked

# Declared input -> member of the API payload.
PAYLOAD_MEMBERS: Final[Mapping[str, str]] = {
    "process_request": "processRequest",
    "tiling_grid": "tilingGrid",
    "bucket_name": "bucketName",
    "output": "output",
    "zarr_output": "zarrOutput",
    "description": "description",
}

# What the service adds to an echo by itself: a member with this value says the same as no such member.
SERVICE_DEFAULTS: Final[Mapping[str, tuple[Any, ...]]] = {
    "logo": (False,),
    "mosaickingOrder": ("mostRecent",),
    "maxCloudCoverage": (100,),
    "previewMode": ("DETAIL",),
    "upsampling": ("NEAREST",),
    "downsampling": ("NEAREST",),
    "harmonizeValues": (True,),
    "overwrite": (False,),
    "skipExisting": (False,),
    "cogOutput": (False,),
    "createCollection": (False,),
    "bufferX": (0,),
    "bufferY": (0,),
    "order": ("C",),
    "origin": ("topLeft",),
    "usePredictor": (True,),
    "blockxsize": (1024,),
    "blockysize": (1024,),
    "resamplingAlgorithm": ("average",),
    "compressor": ({"id": "blosc", "cname": "lz4", "clevel": 5, "shuffle": 1, "blocksize": 0},),
    "identifier": ("default",),
}

_DEFAULT_CRS: Final = "http://www.opengis.net/def/crs/OGC/1.3/CRS84"


def payload_of(inputs: Mapping[str, Any]) -> dict[str, Any]:
    """The API payload that the declared inputs ask for, in the API's own JSON shape."""
    return {api: inputs[name] for name, api in PAYLOAD_MEMBERS.items() if inputs.get(name) is not None}


def inputs_of(payload: Mapping[str, Any]) -> dict[str, Any]:
    """The declared inputs that ask for ``payload``, without an owner's mark: the inverse of `payload_of`."""
    payload = unmarked(payload)
    return {name: payload[api] for name, api in PAYLOAD_MEMBERS.items() if payload.get(api) is not None}


def collection_id_of(inputs: Mapping[str, Any]) -> str | None:
    """The batch collection that the declared output writes into."""
    output = inputs.get("output")
    link = output.get("collectionId") if isinstance(output, Mapping) else None
    return link if isinstance(link, str) else None


def without_link(output: Any) -> Any:
    """An ``output`` without its collection link, the one member that can be changed in place."""
    if not isinstance(output, Mapping):
        return output
    return {key: value for key, value in output.items() if key != "collectionId"}


def canonical(payload: Mapping[str, Any]) -> dict[str, Any]:
    """What a payload asks to be computed and where.

    Without defaults, description, collection link and the owner's mark.
    """
    payload = unmarked(payload)
    members = {
        api: payload[api]
        for name, api in PAYLOAD_MEMBERS.items()
        if payload.get(api) is not None and name != "description"
    }
    if "bucketName" in members:
        members.setdefault("output", {"defaultTilePath": f"s3://{members.pop('bucketName')}"})
    if "output" in members:
        members["output"] = without_link(members["output"])
    plain: dict[str, Any] = normalise(_plain(members))
    return plain


def fingerprint(payload: Mapping[str, Any]) -> str:
    """A short hash of the canonical form; equal for a declaration and the service's echo of it."""
    text = json.dumps(canonical(payload), sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()[:20]


def _plain(value: Any) -> Any:
    if isinstance(value, Mapping):
        plain = {
            key: _plain(member) for key, member in value.items() if not _said_by_default(key, member, value)
        }
        kind = plain.get("type")
        if isinstance(kind, str):
            plain["type"] = LEGACY_TYPES.get(kind, kind)
        return {key: member for key, member in plain.items() if member != {}}
    if isinstance(value, (list, tuple)):
        return [_plain(member) for member in value]
    return value


def _said_by_default(key: str, member: Any, owner: Mapping[str, Any]) -> bool:
    if member is None:
        return True
    if key == "crs":
        return "coordinates" in owner or member == _DEFAULT_CRS
    return normalise(member) in [normalise(default) for default in SERVICE_DEFAULTS.get(key, ())]
