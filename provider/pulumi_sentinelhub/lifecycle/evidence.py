"""Where a request's results are, and whether there are any."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ..errors import SentinelHubError
from .context import Context

_SCHEME = "s3://"


def result_path(inputs: Mapping[str, Any], request_id: str) -> str | None:
    """The part of the results' path that all of them share, as ``s3://bucket/prefix``.

    [batch API: defaultTilePath, path]

    A plain path gets a folder named after the request; a template is cut at its first placeholder that
    varies.
    """
    if isinstance(bucket := inputs.get("bucket_name"), str):
        return f"{_SCHEME}{bucket}/{request_id}"
    zarr = inputs.get("zarr_output")
    if isinstance(zarr, Mapping) and isinstance(path := zarr.get("path"), str):
        path = path.replace("<requestId>", request_id).rstrip("/")
        return path if path.startswith(_SCHEME) else _SCHEME + path
    output = inputs.get("output")
    if isinstance(output, Mapping) and isinstance(template := output.get("defaultTilePath"), str):
        if "<" not in template:
            return f"{template.rstrip('/')}/{request_id}"
        fixed = template.replace("<requestId>", request_id).split("<", 1)[0]
        return fixed.rsplit("/", 1)[0] if len(fixed) > len(_SCHEME) else None
    return None


def wrote_results(ctx: Context, request_id: str, inputs: Mapping[str, Any]) -> bool | None:
    """Whether the request has left results; None where that cannot be told."""
    path = result_path(inputs, request_id)
    if path is None or request_id not in path:
        # A path of several requests says nothing of this one.
        return None
    bucket, _, prefix = path.removeprefix(_SCHEME).partition("/")
    try:
        found: bool = ctx.storage().has_objects(bucket, f"{prefix}/", ignoring=_is_request_copy)
    except SentinelHubError:
        return None
    return found


def _is_request_copy(key: str) -> bool:
    """The service writes a copy of the request beside the results."""
    name = key.rsplit("/", 1)[-1]
    return name.startswith("request-") and name.endswith(".json")
