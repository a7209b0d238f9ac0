"""Rules of ``processRequest.input.data`` [OpenAPI: ProcessRequestInputData and its datasets].

The DEM of a request is looked at in analysis only [observed: an error during the analysis].
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable, Mapping
from typing import Any

from ..dataset_names import current_name
from ..wire import Json, bad, expect, wrong_type

Words = tuple[str, ...]

_ORDERS: Words = ("mostRecent", "leastRecent")
_CLOUDY_ORDERS: Words = (*_ORDERS, "leastCC")
_INTERPOLATION: Words = ("NEAREST", "BILINEAR", "BICUBIC")
_DIRECTIONS: Words = ("ASCENDING", "DESCENDING")
_TIERS: Words = ("TIER_1", "ALL_TIERS")
_TIERS_WITH_RT: Words = ("TIER_1", "TIER_1_AND_RT", "ALL_TIERS")
_CLOUDY = ("sentinel-2-", "landsat-", "sentinel-3-olci-l2", "sentinel-3-slstr", "hls")

# Members that take one of a few words, by dataset.
_FILTER_WORDS: Mapping[str, Mapping[str, Words]] = {
    "sentinel-2-l1c": {"previewMode": ("DETAIL", "TILE_PREVIEW", "PREVIEW", "EXTENDED_PREVIEW")},
    **{
        f"landsat-{name}": {"tiers": _TIERS_WITH_RT if name in {"8-l1c", "ot-l1", "etm-l1"} else _TIERS}
        for name in ("8-l1c", "ot-l1", "ot-l2", "etm-l1", "etm-l2", "tm-l1", "tm-l2", "mss-l1")
    },
    "sentinel-1-grd": {
        "resolution": ("HIGH", "MEDIUM", "FULL"),
        "acquisitionMode": ("SM", "IW", "EW", "WV", "EN", "AN", "IM"),
        "polarization": ("SH", "SV", "DH", "DV", "HH", "HV", "VV", "VH"),
        "orbitDirection": _DIRECTIONS,
        "timeliness": ("NRT10m", "NRT1h", "NRT3h", "Fast24h", "Offline", "Reprocessing", "ArchNormal"),
    },
    "sentinel-3-slstr": {"orbitDirection": _DIRECTIONS},
    "sentinel-5p-l2": {"timeliness": ("NRTI", "OFFL", "RPRO")},
    "hls": {"constellation": ("SENTINEL", "LANDSAT")},
}
_PROCESSING_WORDS: Mapping[str, Mapping[str, Words]] = {
    "sentinel-1-grd": {"backCoeff": ("BETA0", "SIGMA0_ELLIPSOID", "GAMMA0_ELLIPSOID", "GAMMA0_TERRAIN")},
    "sentinel-3-slstr": {"view": ("NADIR", "OBLIQUE")},
}
_PROCESSING_FLAGS: Mapping[str, Words] = {
    "sentinel-2-l1c": ("harmonizeValues",),
    "sentinel-2-l2a": ("harmonizeValues",),
    "dem": ("clampNegative", "egm"),
    "sentinel-1-grd": ("orthorectify",),
}
# Lowest and highest value, and whether it must be whole.
_PROCESSING_NUMBERS: Mapping[str, Mapping[str, tuple[int, int, bool]]] = {
    "sentinel-1-grd": {"radiometricTerrainOversampling": (1, 4, False)},
    "sentinel-5p-l2": {"minQa": (0, 100, True)},
}
_SPECKLE_FILTERS: Words = ("LEE", "NONE")
_LARGEST_WINDOW = 7
_OWN = re.compile(r"(batch|byoc|zarr)-")


def check_data(data: Any, data_exists: Callable[[str], bool]) -> None:
    """Raises ApiError (400).

    Args:
        data: the member of the request.
        data_exists: whether there is a collection of the user's own of that type, such as ``batch-<id>``.
    """
    path = "processRequest->input->data"
    if not expect(data, list, path):
        raise bad(path, "At least one data source must be specified.")
    for index, item in enumerate(data):
        _check_source(expect(item, dict, f"{path}[{index}]"), f"{path}[{index}]", data_exists)


def _check_source(item: Json, path: str, data_exists: Callable[[str], bool]) -> None:
    given = expect(item.get("type"), str, f"{path}->type")
    if not re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9_-]*", given):
        raise bad(f"{path}->type", f"Unknown data type '{given}'.")
    if _OWN.match(given) and not data_exists(given):
        raise bad(f"{path}->type", f"Collection {given} does not exist.")
    kind = current_name(given)
    _check_filter(_object(item, "dataFilter", path), kind, f"{path}->dataFilter")
    _check_processing(_object(item, "processing", path), kind, f"{path}->processing")


def _check_filter(filters: Json, kind: str, path: str) -> None:
    if filters.get("timeRange") is not None:
        _check_time_range(filters["timeRange"], f"{path}->timeRange")
    clouds = filters.get("maxCloudCoverage")
    if clouds is not None and not 0 <= expect(clouds, (int, float), f"{path}->maxCloudCoverage") <= 100:
        raise bad(f"{path}->maxCloudCoverage", "Must be between 0 and 100.")
    orders = _CLOUDY_ORDERS if kind.startswith(_CLOUDY) else _ORDERS
    _check_words(filters, {"mosaickingOrder": orders, **_FILTER_WORDS.get(kind, {})}, path)
    if filters.get("demInstance") is not None:
        expect(filters["demInstance"], str, f"{path}->demInstance")


def _check_processing(processing: Json, kind: str, path: str) -> None:
    common = {"upsampling": _INTERPOLATION, "downsampling": _INTERPOLATION}
    _check_words(processing, {**common, **_PROCESSING_WORDS.get(kind, {})}, path)
    for name in _PROCESSING_FLAGS.get(kind, ()):
        if processing.get(name) is not None:
            expect(processing[name], bool, f"{path}->{name}")
    for name, (low, high, whole) in _PROCESSING_NUMBERS.get(kind, {}).items():
        if processing.get(name) is not None:
            _check_number(processing[name], low, high, f"{path}->{name}", whole=whole)
    if kind == "sentinel-1-grd" and processing.get("speckleFilter") is not None:
        _check_speckle_filter(processing["speckleFilter"], f"{path}->speckleFilter")
    if processing.get("demInstance") is not None:
        expect(processing["demInstance"], str, f"{path}->demInstance")


def _check_speckle_filter(speckle: Any, path: str) -> None:
    kind = expect(expect(speckle, dict, path).get("type"), str, f"{path}->type")
    if kind not in _SPECKLE_FILTERS:
        raise wrong_type(f"{path}->type", kind, _SPECKLE_FILTERS)
    if kind == "LEE":
        for name in ("windowSizeX", "windowSizeY"):
            _check_number(speckle.get(name), 1, _LARGEST_WINDOW, f"{path}->{name}", whole=True)


def _check_words(given: Json, rules: Mapping[str, Words], path: str) -> None:
    for name, words in rules.items():
        value = given.get(name)
        if value is not None and value not in words:
            raise wrong_type(f"{path}->{name}", value, words)


def _check_number(value: Any, low: int, high: int, parameter: str, *, whole: bool) -> None:
    if not low <= expect(value, int if whole else (int, float), parameter) <= high:
        raise bad(parameter, f"Must be between {low} and {high}.")


def _check_time_range(span: Any, path: str) -> None:
    expect(span, dict, path)
    start, end = (_moment(span.get(side), f"{path}->{side}") for side in ("from", "to"))
    if start > end:
        raise bad(path, "Time range `from` must not be after `to`.")


def _moment(text: Any, parameter: str) -> dt.datetime:
    expect(text, str, parameter)
    if "T" not in text:
        raise bad(parameter, f"Invalid date-time '{text}'.")
    try:
        # Python 3.10 knows neither "Z" nor fractions of other than 3 or 6 digits.
        moment = dt.datetime.fromisoformat(re.sub(r"\.\d+", "", text.replace("Z", "+00:00")))
    except ValueError:
        raise bad(parameter, f"Invalid date-time '{text}'.") from None
    return moment if moment.tzinfo else moment.replace(tzinfo=dt.timezone.utc)


def _object(item: Json, name: str, path: str) -> Json:
    """A member that may be missing."""
    value = item.get(name)
    return {} if value is None else dict(expect(value, dict, f"{path}->{name}"))
