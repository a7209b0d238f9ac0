"""Whether a request has left results."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ..batch.inputs import is_own_file
from ..errors import SentinelHubError
from ..s3.names import parts_of
from .context import Context


def wrote_results(ctx: Context, request_id: str, inputs: Mapping[str, Any]) -> bool | None:
    """Whether the request has left results; None where that cannot be told."""
    path = ctx.generation_of(request_id).result_path(inputs, request_id)
    place = parts_of(path) if path is not None and request_id in path else None
    if place is None:
        # A path of several requests says nothing of this one.
        return None
    bucket, prefix = place
    try:
        found: bool = ctx.storage().has_objects(bucket, f"{prefix}/", ignoring=is_own_file)
    except SentinelHubError:
        return None
    return found
