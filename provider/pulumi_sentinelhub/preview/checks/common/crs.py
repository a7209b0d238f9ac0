"""The coordinate reference systems that an area of interest may be given in.

Source: [process docs: CRS support].
"""

from __future__ import annotations

import re

CRS84 = "http://www.opengis.net/def/crs/OGC/1.3/CRS84"
_EPSG_URL = "http://www.opengis.net/def/crs/EPSG/0/"
_OTHERS = (
    "2154 2180 2193 3003 3004 3005 3006 3031 3035 3161 3346 3413 3416 3578 3580 3765 3794 3844 3912 3995 "
    "4026 5514 28992 32184"
)
_CODES = frozenset(
    {4326, 3857, *range(32601, 32661), *range(32701, 32761), *(int(code) for code in _OTHERS.split())}
)
_CODE = re.compile(r"(?:EPSG(?:/\d+(?:\.\d+)*/|:{1,2})|^)(\d{4,6})$", re.IGNORECASE)


def epsg_code(crs: str) -> int | None:
    """The EPSG code of a listed CRS; CRS84 counts as 4326, as both are longitude, latitude here."""
    if crs == CRS84:
        return 4326
    code = crs.removeprefix(_EPSG_URL)
    if code == crs or not code.isascii() or not code.isdigit() or len(code) > 6:
        return None
    return int(code) if int(code) in _CODES else None


def likely_url(crs: str) -> str | None:
    """The URL that was probably meant by ``EPSG:4326``, ``urn:ogc:def:crs:EPSG::4326`` or a bare code."""
    if "CRS84" in crs.upper():
        return CRS84
    found = _CODE.search(crs.strip())
    if found is None:
        return None
    url = _EPSG_URL + found.group(1)
    return url if epsg_code(url) is not None else None
