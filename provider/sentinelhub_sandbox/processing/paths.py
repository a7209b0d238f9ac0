"""Where results go [batch docs: output, zarrOutput]: buckets, keys and path templates."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from .request import USERDATA
from .types import ProcessingFailure, TilePlan

_TILE_PLACEHOLDERS = ("<tileName>", "<tileId>")
_DEFAULT_TEMPLATE = "<requestId>/<tileName>/<outputId>.<format>"


def output_location(request: Mapping[str, Any], request_id: str) -> tuple[str, str]:
    """Bucket and key prefix under which everything of the request lands.

    The prefix ends with `/` (or is empty when a template has no folder before its tile placeholder).
    """
    if request.get("zarrOutput"):
        bucket, path = _split(str(request["zarrOutput"]["path"]))
        path = path.replace("<requestId>", request_id).strip("/")
        return bucket, f"{path}/" if path else ""
    bucket, template = _split(_default_path(request))
    fixed = re.split(r"<(?!requestId>)", _completed(template), maxsplit=1)[0].replace(
        "<requestId>", request_id
    )
    return bucket, fixed[: fixed.rfind("/") + 1]


def tile_key(request: Mapping[str, Any], request_id: str, plan: TilePlan, output_id: str) -> str:
    """Key of one output of one tile within its bucket."""
    overrides = {
        str(item.get("identifier")): item.get("tilePath")
        for item in (request.get("output") or {}).get("responses") or []
    }
    _, template = _split(str(overrides.get(output_id) or _default_path(request)))
    values = {
        "<requestId>": request_id,
        "<tileName>": plan.name,
        "<tileId>": str(plan.id),
        "<outputId>": output_id,
        "<format>": "json" if output_id == USERDATA else "tif",
    }
    key = _completed(template)
    for placeholder, value in values.items():
        key = key.replace(placeholder, value)
    return key


def _default_path(request: Mapping[str, Any]) -> str:
    if request.get("bucketName"):
        return f"s3://{request['bucketName']}"
    path = (request.get("output") or {}).get("defaultTilePath")
    if not path:
        raise ProcessingFailure("output.defaultTilePath, bucketName or zarrOutput must be specified.")
    return str(path)


def _completed(template: str) -> str:
    """A plain folder stands for the default template under it."""
    if any(placeholder in template for placeholder in _TILE_PLACEHOLDERS):
        return template
    return f"{template.rstrip('/')}/{_DEFAULT_TEMPLATE}".lstrip("/")


def _split(path: str) -> tuple[str, str]:
    """Bucket and the rest; the scheme may be missing, as in the documentation's own example."""
    bucket, _, rest = path.removeprefix("s3://").partition("/")
    return bucket, rest
