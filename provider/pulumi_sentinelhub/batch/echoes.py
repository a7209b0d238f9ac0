"""What the service makes of a payload when it echoes it, in every generation: how an echo is recognised.

It fills in defaults, writes older names of collections and puts a CRS inside geometries [observed echoes, v1
and v2]. Without all that, a declaration and its echo are equal.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, Final

from ..values import normalise

#: What the service adds to an echo by itself: a member with this value means the same as no such member.
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

#: Legacy names of collections that echoes carry [observed: S1GRD; the others are the vendor's older ids].
LEGACY_TYPES: Final[Mapping[str, str]] = {
    "S1GRD": "sentinel-1-grd",
    "S2L1C": "sentinel-2-l1c",
    "S2L2A": "sentinel-2-l2a",
    "S3OLCI": "sentinel-3-olci",
    "S3SLSTR": "sentinel-3-slstr",
    "S5PL2": "sentinel-5p-l2",
    "DEM": "dem",
    "MODIS": "modis",
    "HLS": "hls",
}

#: Members that are moments, which can be written in several ways.
_MOMENTS: Final = ("from", "to")
_IN_UTC: Final = re.compile(r"(T\d\d:\d\d:\d\d)(?:\.0+)?(?:Z|\+00:00)\Z")

_DEFAULT_CRS: Final = "http://www.opengis.net/def/crs/OGC/1.3/CRS84"


def without_defaults(value: Any, defaults: Mapping[str, tuple[Any, ...]] = SERVICE_DEFAULTS) -> Any:
    """A payload, or a part of one, without what the service adds; numbers and nesting in one form."""
    return normalise(_plain(value, defaults))


def _plain(value: Any, defaults: Mapping[str, tuple[Any, ...]]) -> Any:
    if isinstance(value, Mapping):
        plain = {
            key: _plain(member, defaults)
            for key, member in value.items()
            if not _is_default(key, member, value, defaults)
        }
        kind = plain.get("type")
        if isinstance(kind, str):
            plain["type"] = LEGACY_TYPES.get(kind, kind)
        for name in _MOMENTS:
            if isinstance(moment := plain.get(name), str):
                plain[name] = _IN_UTC.sub(r"\1Z", moment)
        return {key: member for key, member in plain.items() if member != {}}
    if isinstance(value, (list, tuple)):
        return [_plain(member, defaults) for member in value]
    return value


def _is_default(
    key: str, member: Any, owner: Mapping[str, Any], defaults: Mapping[str, tuple[Any, ...]]
) -> bool:
    if member is None:
        return True
    if key == "crs":
        return "coordinates" in owner or member == _DEFAULT_CRS
    return normalise(member) in [normalise(default) for default in defaults.get(key, ())]
