"""Declared inputs of a batch request, in whatever generation it lives."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, Final

SCHEME: Final = "s3://"
_OWN_FILE: Final = re.compile(
    r"(?:^|/)(?:request-[^/]*\.json|featureManifest-[^/]*\.gpkg|execution-[^/]*\.sqlite)$"
)


def collection_id_of(inputs: Mapping[str, Any]) -> str | None:
    """The collection that the declared output writes into."""
    output = inputs.get("output")
    link = output.get("collectionId") if isinstance(output, Mapping) else None
    return link if isinstance(link, str) else None


def with_link(output: Mapping[str, Any], collection_id: str | None) -> dict[str, Any]:
    """An ``output`` that writes into another collection."""
    return {**output, "collectionId": collection_id}


def without_link(output: Any) -> Any:
    """An ``output`` without its collection link, the one member that can be changed in place."""
    if not isinstance(output, Mapping):
        return output
    return {key: value for key, value in output.items() if key != "collectionId"}


def result_path(inputs: Mapping[str, Any], request_id: str) -> str | None:
    """The part of the results' path that all of them share [batch API: defaultTilePath, path, delivery].

    A plain path gets a folder named after the request; a template is cut at its first placeholder that
    varies.
    """
    if isinstance(bucket := inputs.get("bucket_name"), str):
        return f"{SCHEME}{bucket}/{request_id}"
    zarr = inputs.get("zarr_output")
    if isinstance(zarr, Mapping) and isinstance(path := zarr.get("path"), str):
        path = path.replace("<requestId>", request_id).rstrip("/")
        return path if path.startswith(SCHEME) else SCHEME + path
    output = inputs.get("output")
    if isinstance(output, Mapping) and isinstance(template := output.get("defaultTilePath"), str):
        if "<" not in template:
            return f"{template.rstrip('/')}/{request_id}"
        fixed = template.replace("<requestId>", request_id).split("<", 1)[0]
        return fixed.rsplit("/", 1)[0] if len(fixed) > len(SCHEME) else None
    return None


def is_own_file(key: str) -> bool:
    """Whether an object beside results is the service's own: no result, and no sign of one.

    A copy of the request, the features that were found, their states [batch docs; v2 reference, 4].
    """
    return _OWN_FILE.search(key) is not None
