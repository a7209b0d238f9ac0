"""The payload of API v1 [batch API v1: createBatchProcessRequest]."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from ..api import Spec
from ..echoes import without_defaults
from ..inputs import SCHEME, without_link
from ..mark import unmarked

#: Declared input -> member of the payload.
PAYLOAD_MEMBERS: Final[Mapping[str, str]] = {
    "process_request": "processRequest",
    "tiling_grid": "tilingGrid",
    "bucket_name": "bucketName",
    "output": "output",
    "zarr_output": "zarrOutput",
    "description": "description",
}


def payload_of(inputs: Mapping[str, Any]) -> dict[str, Any]:
    """The payload that the declared inputs ask for."""
    return {api: inputs[name] for name, api in PAYLOAD_MEMBERS.items() if inputs.get(name) is not None}


def inputs_of(payload: Mapping[str, Any]) -> dict[str, Any]:
    """The declared inputs that ask for ``payload``, without an owner's mark: the inverse of `payload_of`."""
    payload = unmarked(payload)
    return {name: payload[api] for name, api in PAYLOAD_MEMBERS.items() if payload.get(api) is not None}


def spec_of(payload: Mapping[str, Any]) -> Spec:
    """What a payload, or the service's echo of one, asks to be computed and where.

    Its parts are without defaults, description, collection link and the owner's mark.
    """
    inputs = inputs_of(payload)
    members = {api: inputs[name] for name, api in PAYLOAD_MEMBERS.items() if name in inputs}
    members.pop("description", None)
    if "bucketName" in members:
        members.setdefault("output", {"defaultTilePath": f"{SCHEME}{members.pop('bucketName')}"})
    if "output" in members:
        members["output"] = without_link(members["output"])
    return Spec(inputs, without_defaults(members))
