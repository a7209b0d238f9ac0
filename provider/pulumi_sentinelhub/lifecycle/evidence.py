"""Whether a request has left results."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from ..errors import SentinelHubError
from .context import Context

_SCHEME = "s3://"
_OWN_FILES: Final = (("request-", ".json"), ("featureManifest-", ".gpkg"), ("execution-", ".sqlite"))


def wrote_results(ctx: Context, request_id: str, inputs: Mapping[str, Any]) -> bool | None:
    """Whether the request has left results; None where that cannot be told."""
    path = ctx.generation_of(request_id).result_path(inputs, request_id)
    if path is None or request_id not in path:
        # A path of several requests says nothing of this one.
        return None
    bucket, _, prefix = path.removeprefix(_SCHEME).partition("/")
    try:
        found: bool = ctx.storage().has_objects(bucket, f"{prefix}/", ignoring=_is_of_the_service)
    except SentinelHubError:
        return None
    return found


def _is_of_the_service(key: str) -> bool:
    """Whether a file tells of the request: its copy, its features, their states. It may have no results yet.

    [v1 docs: request copy; v2 reference, 4]
    """
    name = key.rsplit("/", 1)[-1]
    return any(name.startswith(start) and name.endswith(end) for start, end in _OWN_FILES)
