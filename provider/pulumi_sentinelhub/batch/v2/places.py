"""Where the service's own files about a request lie, beside its results [v2 reference, 4]."""

from __future__ import annotations

from typing import Final

from ..answers import mapping, text
from ..api import BatchRequestInfo
from .payload import ZARR
from .storage import place_of

_ID: Final = "<requestId>"


def manifest(request_id: str) -> str:
    """The name of the feature manifest, which the analysis writes."""
    return f"featureManifest-{request_id}.gpkg"


def database(request_id: str) -> str:
    """The name of the execution database, which is replaced now and then while the request is processed."""
    return f"execution-{request_id}.sqlite"


def root(url: str, request_id: str) -> str:
    """The folder of the service's own files, without a slash at its end.

    A URL without placeholders gets a folder named after the request; another is cut from the first segment on
    that still holds a placeholder when the id is in.
    """
    url = url.rstrip("/")
    whole = (url if "<" in url else f"{url}/{_ID}").replace(_ID, request_id)
    scheme, separator, path = whole.rpartition("://")
    segments = path.split("/")
    fixed = next((index for index, one in enumerate(segments) if "<" in one), len(segments))
    return scheme + separator + "/".join(segments[:fixed])


def roots(info: BatchRequestInfo) -> tuple[str, ...]:
    """The folders to look in, most likely first; none where the request shows no place.

    Zarr output goes into a plain URL itself, and no source says whether the service's files then lie there,
    or where those of other results would.
    """
    output = mapping(mapping(info.raw.get("request")).get("output"))
    url = text(place_of(output.get("delivery")).get("url"))
    if url is None:
        return ()
    first = root(url, info.id)
    own = (url.rstrip("/"),) if output.get("type") == ZARR and "<" not in url else ()
    return (first, *own)
